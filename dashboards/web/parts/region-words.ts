// Owns what the regions of emission factors are called: the country, its seven regions, and the provinces by their codes of GB/T 2260.
import type { Text } from '../../../core/text.ts';
import { text } from '../format.ts';

const names: Record<string, string> = {
  CN: '全国 China',
  'CN-north': '华北 North China',
  'CN-northeast': '东北 Northeast China',
  'CN-east': '华东 East China',
  'CN-central': '华中 Central China',
  'CN-northwest': '西北 Northwest China',
  'CN-south': '南方 South China',
  'CN-southwest': '西南 Southwest China',
  'CN-BJ': '北京 Beijing',
  'CN-TJ': '天津 Tianjin',
  'CN-HE': '河北 Hebei',
  'CN-SX': '山西 Shanxi',
  'CN-NM': '内蒙古 Inner Mongolia',
  'CN-LN': '辽宁 Liaoning',
  'CN-JL': '吉林 Jilin',
  'CN-HL': '黑龙江 Heilongjiang',
  'CN-SH': '上海 Shanghai',
  'CN-JS': '江苏 Jiangsu',
  'CN-ZJ': '浙江 Zhejiang',
  'CN-AH': '安徽 Anhui',
  'CN-FJ': '福建 Fujian',
  'CN-JX': '江西 Jiangxi',
  'CN-SD': '山东 Shandong',
  'CN-HA': '河南 Henan',
  'CN-HB': '湖北 Hubei',
  'CN-HN': '湖南 Hunan',
  'CN-GD': '广东 Guangdong',
  'CN-GX': '广西 Guangxi',
  'CN-HI': '海南 Hainan',
  'CN-CQ': '重庆 Chongqing',
  'CN-SC': '四川 Sichuan',
  'CN-GZ': '贵州 Guizhou',
  'CN-YN': '云南 Yunnan',
  'CN-SN': '陕西 Shaanxi',
  'CN-GS': '甘肃 Gansu',
  'CN-QH': '青海 Qinghai',
  'CN-NX': '宁夏 Ningxia',
  'CN-XJ': '新疆 Xinjiang',
};

/** A region of the plant's own has no other name than its own. */
export function regionName(region: string): string {
  const [zh = region, ...en] = (names[region] ?? region).split(' ');
  return text({ zh, en: en.join(' ') || zh } satisfies Text);
}
