// Owns the annual snapshots: the chain of sealed years, what one of them says, whether it still follows from its own files, and what differs.
import type { Listed } from '../../../snapshot/list.ts';
import type { Verification } from '../../../snapshot/verify.ts';
import { go, written } from '../address.ts';
import { text } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Changes, type ChangesAnswer } from '../parts/changes.tsx';
import { Frozen, type FrozenAnswer } from '../parts/frozen.tsx';
import { Link } from '../parts/link.tsx';
import { Seal } from '../parts/seal.tsx';
import { worded } from '../words.ts';

const words = worded(
  {
    title: '年度快照',
    hint: '封存的年度：签名、成链、可由他人凭文件重算',
    none: '还没有快照。一年结束、宽限期满后自动封存；其间每月生成草稿。',
    states: { sealed: '封存', superseded: '已被更正', draft: '草稿' },
    name: '快照',
    state: '状态',
    at: '签名时间',
    verdicts: '结论',
    hash: '签名内容 SHA-256',
    file: '文件',
    download: '下载',
    verify: '核验',
    verifyHint: '只凭文件重算每个数字',
    verifying: '重算中…',
    compare: '比较',
    now: '现有数据',
    nothing: '不比较',
    cause: '更正原因',
  },
  {
    title: 'Annual snapshots',
    hint: 'sealed years: signed, chained, and computed again by anybody from the file',
    none: 'There is no snapshot yet. A year is sealed by itself when it is over and its days of grace have passed; until then there is a draft each month.',
    states: { sealed: 'sealed', superseded: 'superseded', draft: 'draft' },
    name: 'Snapshot',
    state: 'State',
    at: 'Signed at',
    verdicts: 'Verdicts',
    hash: 'SHA-256 of the signed content',
    file: 'File',
    download: 'download',
    verify: 'Verify',
    verifyHint: 'computes every figure again, from the file alone',
    verifying: 'computing again …',
    compare: 'Compare with',
    now: 'the data of now',
    nothing: 'nothing',
    cause: 'Cause of the correction',
  },
);

const chosen = written('snapshot');
const check = written('check');
const against = written('against');

export function SnapshotsScreen() {
  return (
    <section class="snapshots">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <Answered<Listed[]> path="api/snapshots">{(list) => <Shelf list={list} />}</Answered>
    </section>
  );
}

function Shelf({ list }: { list: Listed[] }) {
  const own = words.value;
  const open =
    list.find(({ name }) => name === chosen.value) ?? list.findLast(({ state }) => state === 'sealed') ?? list.at(-1);
  if (open === undefined)
    return (
      <>
        <p class="empty">{own.none}</p>
        <Seal list={list} />
      </>
    );
  return (
    <>
      <section class="scroll" tabIndex={0} aria-label={own.title}>
        <table class="shelf">
          <thead>
            <tr>
              {[own.name, own.state, own.at, own.verdicts, own.hash, own.file].map((one) => (
                <th key={one}>{one}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...list].reverse().map(({ name, state, at, verdicts, hash, cause }) => (
              <tr key={name} data-snapshot={name} class={name === open.name ? 'open' : ''}>
                <td>
                  <Link
                    to={{ snapshot: name, check: null, against: null }}
                    aria-current={name === open.name ? 'page' : undefined}
                  >
                    {name}
                  </Link>
                </td>
                <td>
                  <span class={`state ${state}`}>{own.states[state]}</span>
                </td>
                <td>{at.slice(0, 16).replace('T', ' ')}</td>
                <td>
                  {verdicts.map(({ pack, verdict }) => (
                    <span key={pack} class="verdict-of-pack">
                      <small>{pack}</small> {text(verdict)}
                    </span>
                  ))}
                </td>
                <td>
                  <code title={hash}>{hash.slice(0, 12)}…</code>
                </td>
                <td>
                  <a class="download" href={`api/snapshots/${name}/bundle`}>
                    {own.download}
                  </a>
                  {cause !== null && (
                    <small>
                      {' '}
                      {own.cause}: {cause}
                    </small>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Seal list={list} />
      <div class="deeds">
        {check.value === null ? (
          <button type="button" data-verify onClick={() => go({ check: 'yes', snapshot: open.name })}>
            {own.verify}
          </button>
        ) : (
          <span class="hint">{own.verify}</span>
        )}
        <small>{own.verifyHint}</small>
        <label>
          {own.compare}{' '}
          <select
            value={against.value ?? ''}
            onChange={({ currentTarget: { value } }) =>
              go({ against: value === '' ? null : value, snapshot: open.name })
            }
          >
            <option value="">{own.nothing}</option>
            <option value="now">{own.now}</option>
            {list
              .filter(({ name }) => name !== open.name)
              .map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
          </select>
        </label>
      </div>
      {against.value !== null && (
        <Answered<ChangesAnswer> path={`api/snapshots/${open.name}/diff/${against.value}`}>
          {(answer) => <Changes answer={answer} />}
        </Answered>
      )}
      <Answered<FrozenAnswer> path={`api/snapshots/${open.name}`}>
        {(frozen) =>
          check.value === null ? (
            <Frozen frozen={frozen} fileHash={open.fileHash} found={null} />
          ) : (
            <Answered<Verification> path={`api/snapshots/${open.name}/verify`}>
              {(found) => <Frozen frozen={frozen} fileHash={open.fileHash} found={found} />}
            </Answered>
          )
        }
      </Answered>
    </>
  );
}
