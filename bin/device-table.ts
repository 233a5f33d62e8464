// Owns the page of supported devices: made from the templates, so that it cannot promise what they do not hold.
import { loadTemplate, type Template, templateIds } from '../gateway/template.ts';

export const protocolNames: Record<Template['protocol'], string> = {
  modbus: 'Modbus',
  sunspec: 'SunSpec',
  dlt645: 'DL/T 645-2007',
  cjt188: 'CJ/T 188',
};

const head = `# 支持的设备 · Supported devices

由 \`gateway/devices/\` 的模板生成（\`npm run generate\`），请勿手改。未列出的型号：见 [CONTRIBUTING.md](../CONTRIBUTING.md)“Add a meter”。
OPC UA 设备不需要模板，在站点配置的 \`nodes\` 中写明各测点的节点号；MQTT 设备在 \`fields\` 中写明字段：见 [OPC UA 与 MQTT-JSON](opcua-and-mqtt.md)。

Made from the templates in \`gateway/devices/\` by \`npm run generate\`; do not edit. For other models see [CONTRIBUTING.md](../CONTRIBUTING.md), "Add
a meter". OPC UA devices need no template: the site names the node of each point under \`nodes\`, and the field of each point of an MQTT device
under \`fields\`: see [OPC UA and MQTT-JSON](opcua-and-mqtt.md).

*待核实 · unverified*: 来源之间不一致或来源自身不确定，尚无人与实物核对。Sources disagree or are not sure, and nobody has compared a device yet.

`;

function unverified({ unverified: all, points }: Template): string {
  if (all) return '全部 · all';
  return points.flatMap((point) => (point.unverified ? `\`${point.point}\`` : [])).join(' ');
}

export function deviceTable(): string {
  const templates = templateIds().map(loadTemplate);
  const rows = templates.map((template) => {
    const { id, name, protocol } = template;
    return `| \`${id}\` | ${name.zh} | ${name.en} | ${protocolNames[protocol]} | ${unverified(template)} |`;
  });
  const remarks = templates.flatMap(({ id, remark }) =>
    remark === undefined ? [] : `- \`${id}\`\n  - ${remark.zh}\n  - ${remark.en}`,
  );
  return [
    `${head}| 模板 template | 设备 | device | 协议 protocol | 待核实 unverified |`,
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '## 接线和设置时要看什么 · What to look at',
    '',
    ...remarks,
    '',
  ].join('\n');
}
