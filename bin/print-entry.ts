// Owns what a terminal says of the page: where it is, who may read it, and the code that makes its first admin.
import type { RunningDashboards } from '../dashboards/main.ts';

export function printEntry({ url, isOpen, access }: Pick<RunningDashboards, 'url' | 'isOpen' | 'access'>) {
  const { enrolment } = access;
  const zh = [
    `页面  ${url}`,
    isOpen ? '仅监听本机回环地址：本机上的人无需登录即可查看，更改须登录。' : '查看与更改都须登录。',
    ...(enrolment === null ? [] : [`尚无用户。创建第一名管理员的一次性代码（用过或重启后失效）：  ${enrolment}`]),
  ];
  const en = [
    `page  ${url}`,
    isOpen
      ? 'It listens on this machine only (loopback): whoever is at it reads without signing in; changes need a sign-in.'
      : 'Reading and changing need a sign-in.',
    ...(enrolment === null
      ? []
      : [`There is no user yet. One-time code for the first admin (until it is used, or a restart):  ${enrolment}`]),
  ];
  return { zh, en };
}
