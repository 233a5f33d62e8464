// Owns the page's words that several screens share. Chinese is the source; the type keeps English complete.
import { computed, type ReadonlySignal } from '@preact/signals';
import { language } from './state.ts';

type Said<T> = {
  [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...all: infer A) => string
      ? (...all: A) => string
      : Said<T[K]>;
};

/** A screen's words in the language of its reader. */
export const worded = <T extends object>(zh: T, en: Said<T>): ReadonlySignal<Said<T>> =>
  computed(() => (language.value === 'zh' ? (zh as Said<T>) : en));

export const say = worded(
  {
    title: '碳表',
    skip: '跳到内容',
    screens: {
      now: '总览',
      flow: '能流',
      workshops: '车间',
      load: '负荷',
      score: '记分卡',
      snapshots: '快照',
      reports: '报表',
      quality: '数据质量',
      gateways: '网关',
    },
    live: '实时',
    stale: '数据过期',
    offline: '已断开',
    updated: (seconds: number) => `${seconds} 秒前`,
    missing: '无数据',
    coverage: '数据完整率',
    loading: '加载中…',
    failed: '加载失败',
    retry: '重试',
    close: '关闭',
    language: 'English',
    dark: '深色',
    light: '浅色',
    range: '时间范围',
    presets: {
      today: '今日',
      yesterday: '昨日',
      week: '近 7 日',
      month: '本月',
      year: '本年',
      lastYear: '上年',
      custom: '自定义',
    },
    comparison: '对比',
    comparisons: { none: '不对比', before: '环比', week: '上周同期', year: '上年同期' },
    from: '起',
    to: '止',
    earlier: '更早',
    later: '更晚',
    table: '数据表',
    meter: '表计',
    period: '期间',
    time: '时间',
  },
  {
    title: 'Tanbiao',
    skip: 'Skip to content',
    screens: {
      now: 'Now',
      flow: 'Flow',
      workshops: 'Workshops',
      load: 'Load',
      score: 'Score',
      snapshots: 'Snapshots',
      reports: 'Reports',
      quality: 'Data',
      gateways: 'Gateways',
    },
    live: 'live',
    stale: 'stale',
    offline: 'offline',
    updated: (seconds) => `${seconds} s ago`,
    missing: 'no data',
    coverage: 'readings cover',
    loading: 'loading…',
    failed: 'could not be loaded',
    retry: 'Try again',
    close: 'Close',
    language: '中文',
    dark: 'Dark',
    light: 'Light',
    range: 'Time range',
    presets: {
      today: 'Today',
      yesterday: 'Yesterday',
      week: '7 days',
      month: 'Month',
      year: 'Year',
      lastYear: 'Last year',
      custom: 'Custom',
    },
    comparison: 'Compared with',
    comparisons: { none: 'nothing', before: 'period before', week: 'week before', year: 'year before' },
    from: 'from',
    to: 'to',
    earlier: 'Earlier',
    later: 'Later',
    table: 'Data table',
    meter: 'Meter',
    period: 'Period',
    time: 'Time',
  },
);
