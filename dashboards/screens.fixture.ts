// Owns the list of screens: what each waits for, and what it must say.

/** Each screen, what it waits for, and what it must say. The golden plant's figures are known to the last digit. */
export const screens = [
  {
    view: 'now',
    ready: 'main:has(.met [data-standard=tcace]):has([data-meter=main][data-state=fresh]):not(:has(.tile.missing))',
    texts: {
      zh: ['kgCO₂e/h', '（近）零碳工厂', '今日电量流向'],
      en: ['kgCO₂e/h', '(near) zero-carbon factory', "Today's electricity"],
    },
  },
  {
    view: 'score',
    ready: '[data-indicator=ca-4]',
    texts: {
      zh: ['可再生电力消费占比', '条款 A.2 · 式 (A.1)', '32.34', '（近）零碳工厂', '已封存 0001-2025'],
      en: [
        'renewable electricity share',
        'clause A.2 · formula (A.1)',
        '32.34',
        '(near) zero-carbon factory',
        'Sealed 0001-2025',
      ],
    },
  },
  {
    view: 'flow',
    ready: '.sankey rect',
    texts: {
      zh: ['能流图', '生产车间', '未计量', '583.2 tce'],
      en: ['Energy flow', 'Workshop', 'not metered', '583.2 tce'],
    },
  },
  {
    view: 'workshops',
    ready: '[data-workshop=workshop]',
    texts: {
      zh: ['车间对比', '生产车间', '6,570,000', '待机占比'],
      en: ['Workshops', 'Workshop', '6,570,000', 'Standby share'],
    },
  },
  {
    view: 'load',
    ready: '[data-figure=maximum]',
    texts: {
      zh: ['最大需量', '541.7', '4,745,000'],
      en: ['Maximum demand', '541.7', '4,745,000'],
    },
  },
  {
    view: 'tariff',
    ready: '[data-band=peak]',
    texts: {
      zh: ['分时电量与电费', '2,692,594.00', '晋发改商品发〔2021〕479号', '移峰试算', '未载明', '尖峰'],
      en: [
        'Time-of-use energy and cost',
        '2,692,594.00',
        'SX-2021-479',
        'What if load moved',
        'not stated',
        'Sharp peak',
      ],
    },
  },
  {
    view: 'carbon',
    ready: '[data-figure=market]',
    texts: {
      zh: ['4,847.6', '范围二', '减：已核销绿证', '300.0', '0.6096', '2024-01 没有数据', '按天数分摊'],
      en: [
        '4,847.6',
        'Scope 2',
        'less: certificates retired',
        '300.0',
        '0.6096',
        'no data in 2024-01',
        'spread over days',
      ],
    },
  },
  {
    view: 'quality',
    ready: '[data-quality="gas-main.gas_volume"]',
    texts: { zh: ['此范围内每天都完整', '100.00 %'], en: ['Every day of this range is complete', '100.00 %'] },
  },
  {
    view: 'gateways',
    ready: '[data-device=main][data-state=fresh]',
    texts: { zh: ['gw-1', '在线', '总进线表'], en: ['gw-1', 'online', 'Main incomer'] },
  },
  {
    view: 'alarms',
    ready: '[data-alarm="always/main"]',
    texts: {
      zh: ['示例告警', '严重', '未确认', '总进线表'],
      en: ['Sample alarm', 'critical', 'active', 'Main incomer'],
    },
  },
  {
    view: 'users',
    ready: '.entry form',
    texts: {
      zh: ['创建第一名管理员', '一次性代码', '登录'],
      en: ['Make the first admin', 'One-time code', 'Sign in'],
    },
  },
  {
    view: 'ledger',
    ready: '[data-entry=gec-2025]',
    texts: { zh: ['链完整', '已核销 300 · 剩余 100'], en: ['chain whole', 'retired 300 · left 100'] },
  },
  {
    view: 'evidence',
    ready: '[data-requirement="tcace 4.1"]',
    texts: { zh: ['要求与佐证', '还没有文件'], en: ['what proves it', 'There are no documents yet'] },
  },
  {
    view: 'factors',
    ready: 'section:has([data-used=grid-average]):has([data-factor=grid-average])',
    texts: { zh: ['各年所用', '0.5306', '公告2025年第47号'], en: ['Used in a year', '0.5306', 'data year 2023'] },
  },
  {
    view: 'factors&tab=configuration',
    ready: '[data-configured=workshop]',
    texts: { zh: ['下载 site.yaml', '关口'], en: ['Download site.yaml', 'Main incomer'] },
  },
  {
    view: 'snapshots',
    ready: '[data-frozen="0001-2025"] [data-sealed=ca-2]',
    texts: {
      zh: ['年度快照', '0001-2025', '封存', '32.344', '下载'],
      en: ['Annual snapshots', '0001-2025', 'sealed', '32.344', 'download'],
    },
  },
  {
    view: 'reports',
    ready: '[data-report=xlsx]',
    texts: {
      zh: ['报表中心', '温室气体排放报告', '每年 2 月 29 日 07:00', '2028-02-29 07:00'],
      en: ['Reports', 'Greenhouse-gas report', 'every year on 29 Feb, 07:00', '2028-02-29 07:00'],
    },
  },
] as const;
