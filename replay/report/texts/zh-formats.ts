import { formats } from './formats.ts';

export const zhFormats = formats({
  locale: 'zh-CN',
  space: '',
  days: { other: ' 天' },
  hours: { other: ' 小时' },
  minutes: { other: ' 分钟' },
  seconds: { other: ' 秒' },
});
