// Owns the configuration as it is read: site, gateways, meters as a tree, virtual meters, standards, each with the file it stands in.
import type { ConfigurationAnswer, MeterNode } from '../../api/answers/records.ts';
import { dateOf, percent, text } from '../format.ts';
import { worded } from '../words.ts';
import { Answered } from './answered.tsx';
import { valueName } from './entry-words.ts';

const words = worded(
  {
    readOnly: '只读：更改写在文件里，保存后重新启动或由运行中的网关自动采用',
    download: '下载 site.yaml（密钥已遮盖）',
    site: '工厂',
    id: '编号',
    zone: '时区',
    store: '存储',
    broker: '消息代理',
    coverage: '完整率下限',
    grace: '封存宽限',
    days: (count: number) => `${count} 天`,
    choice: '因子选择',
    gateways: '网关与连接',
    meters: '表计',
    meter: '表计',
    role: '用途',
    template: '模板',
    address: '地址',
    ratios: '互感器',
    accuracy: '精度等级',
    installed: '安装记录',
    unread: '未读取',
    multiplier: '倍率',
    count: (count: number) => `${count} 块表`,
    virtual: '虚拟表计',
    formula: '公式',
    packs: '标准',
    file: '文件',
    overlay: '用户补充',
    none: '无',
    reason: '理由',
    roles: {
      grid: '关口',
      generation: '发电',
      storage: '储能',
      feeder: '馈线',
      fuel: '燃料',
      heat: '热力',
      heat_export: '外售热力',
      water: '水',
      waste: '废物',
      product: '产品',
      none: '不计入',
    } as Record<string, string>,
  },
  {
    readOnly: 'Read only: changes are made in the files; a running gateway takes them up, or a restart does',
    download: 'Download site.yaml (secrets are covered)',
    site: 'Plant',
    id: 'Id',
    zone: 'Time zone',
    store: 'Store',
    broker: 'Broker',
    coverage: 'Least coverage',
    grace: 'Days before sealing',
    days: (count) => `${count} days`,
    choice: 'Choice of factors',
    gateways: 'Gateways and connections',
    meters: 'Meters',
    meter: 'Meter',
    role: 'Role',
    template: 'Template',
    address: 'Address',
    ratios: 'Transformers',
    accuracy: 'Accuracy class',
    installed: 'Installations',
    unread: 'not read yet',
    multiplier: 'times',
    count: (count) => (count === 1 ? '1 meter' : `${count} meters`),
    virtual: 'Virtual meters',
    formula: 'Formula',
    packs: 'Standards',
    file: 'File',
    overlay: 'Supplied by the user',
    none: 'none',
    reason: 'reason',
    roles: {
      grid: 'grid',
      generation: 'generation',
      storage: 'storage',
      feeder: 'feeder',
      fuel: 'fuel',
      heat: 'heat',
      heat_export: 'heat sold',
      water: 'water',
      waste: 'waste',
      product: 'product',
      none: 'not counted',
    },
  },
);

export function Configuration() {
  return <Answered<ConfigurationAnswer> path="api/configuration">{(answer) => <Shown answer={answer} />}</Answered>;
}

function Shown({ answer }: { answer: ConfigurationAnswer }) {
  const { value: say } = words;
  const { grid, fuels, gwp } = answer.factors;
  const facts: [string, string][] = [
    [say.id, answer.site],
    [say.zone, answer.timezone],
    [say.store, answer.store],
    [say.broker, answer.broker],
    [say.coverage, percent(answer.coverageLimit, 0)],
    [say.grace, say.days(answer.graceDays)],
    [say.choice, `${grid.region} ${grid.dataYear} · ${fuels} · ${gwp}`],
  ];
  return (
    <>
      <section>
        <div class="toolbar">
          <h2 class="plain">
            {text(answer.name)} <small>{answer.file}</small>
          </h2>
          <p class="deeds">
            <a class="button" href="api/configuration/site.yaml" download>
              {say.download}
            </a>
          </p>
        </div>
        <p class="hint">{say.readOnly}</p>
        <dl class="content">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h2 class="group">
          {say.gateways} <small>{answer.file}</small>
        </h2>
        {answer.gateways.map(({ id, connections }) => (
          <dl key={id} class="content" data-configured={id}>
            {connections.map((one) => (
              <div key={one.id}>
                <dt>
                  {id} / {one.id}
                </dt>
                <dd>
                  {one.protocol} <code>{one.endpoint}</code> <small>{say.count(one.meters)}</small>
                </dd>
              </div>
            ))}
          </dl>
        ))}
      </section>
      <section>
        <h2 class="group">
          {say.meters} <small>{answer.file}</small>
        </h2>
        <Meters meters={answer.meters} />
      </section>
      {answer.virtual.length > 0 && (
        <section>
          <h2 class="group">
            {say.virtual} <small>{answer.file}</small>
          </h2>
          <dl class="content">
            {answer.virtual.map(({ id, name, formula, terms, point }) => (
              <div key={id}>
                <dt>
                  {text(name)} <small>{id}</small>
                </dt>
                <dd>
                  <code>
                    {point} = {formula}
                  </code>{' '}
                  <small>
                    {Object.entries(terms)
                      .map(([symbol, meter]) => `${symbol}: ${meter}`)
                      .join(', ')}
                  </small>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <section>
        <h2 class="group">{say.packs}</h2>
        {answer.packs.map(({ id, name, status, file, overlay, supplied }) => (
          <article key={id} class="pack" data-pack={id}>
            <p>
              <b>{text(name)}</b> <small>{text(status)}</small>
            </p>
            <p class="hint">
              <code>{file}</code> · {say.overlay}: {overlay === null ? say.none : <code>{overlay}</code>}
            </p>
            <ul class="differences">
              {supplied.map(({ about, what, reason }) => (
                <li key={`${about}${what.en}`}>
                  <small>{about}</small> {text(what)}{' '}
                  <small lang="zh-CN">
                    {say.reason}: {reason}
                  </small>
                </li>
              ))}
            </ul>
          </article>
        ))}
      </section>
    </>
  );
}

/** Of a device that no gateway has identified there is nothing to tell. */
const known = ({ installations }: MeterNode) => installations.filter(({ serial }) => serial !== '');

type Placed = MeterNode & { depth: number };

/** Children under their parents, in the order of the file. */
function treeOf(meters: readonly MeterNode[]): Placed[] {
  const under = (parent: string | null, depth: number): Placed[] =>
    meters.filter((one) => one.parent === parent).flatMap((one) => [{ ...one, depth }, ...under(one.id, depth + 1)]);
  const placed = under(null, 0);
  const seen = new Set(placed.map(({ id }) => id));
  return [...placed, ...meters.filter(({ id }) => !seen.has(id)).map((one) => ({ ...one, depth: 1 }))];
}

function Meters({ meters }: { meters: readonly MeterNode[] }) {
  const { value: say } = words;
  return (
    <section class="scroll" tabIndex={0} aria-label={say.meters}>
      <table class="entries">
        <thead>
          <tr>
            <th>{say.meter}</th>
            <th>{say.role}</th>
            <th>{say.template}</th>
            <th>{say.address}</th>
            <th>{say.ratios}</th>
            <th class="right">{say.accuracy}</th>
            <th>{say.installed}</th>
          </tr>
        </thead>
        <tbody>
          {treeOf(meters).map((meter) => (
            <tr key={meter.id} data-configured={meter.id}>
              <td style={{ paddingLeft: `${meter.depth * 1.4}rem` }}>
                {meter.depth > 0 && <span class="twig" aria-hidden="true" />}
                {text(meter.name)} <small>{meter.id}</small>
              </td>
              <td>
                {say.roles[meter.role] ?? meter.role} <small>{valueName(meter.carrier)}</small>
              </td>
              <td>
                <code>{meter.template ?? '—'}</code>
              </td>
              <td>
                {meter.connection} <small>{meter.address ?? ''}</small>
              </td>
              <td>{meter.ratios === null ? '—' : `CT ${meter.ratios.ct} · VT ${meter.ratios.vt}`}</td>
              <td class="right">{meter.accuracyClass ?? '—'}</td>
              <td>
                {known(meter).length === 0 && <small>—</small>}
                {known(meter).map((one) => (
                  <small key={one.from} class="below">
                    {one.serial} {one.from > 0 && `· ${dateOf(one.from)}`}
                    {one.multiplier !== undefined && one.multiplier !== 1 && ` · ${say.multiplier} ${one.multiplier}`}
                  </small>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
