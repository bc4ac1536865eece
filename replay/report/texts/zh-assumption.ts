import type { Assumption } from '../../../core/trace-finding-values.ts';
import { zhFormats as f } from './zh-formats.ts';

const LISTED = 6;
const ORDERS = { dmy: '日、月、年', mdy: '月、日、年', ymd: '年、月、日' } as const;
const TIME_UNITS = {
  s: '秒级时间戳',
  ms: '毫秒级时间戳',
  us: '微秒级时间戳',
  ns: '纳秒级时间戳',
  excel: 'Excel 日期序号（自 1900 年起的天数，精确到秒）',
  compact: '连写的日期（年月日时分秒）',
} as const;

/** What was assumed while a file was read, in Chinese. */
export function zhAssumption(a: Assumption): string {
  switch (a.assumed) {
    case 'format':
      return `按格式“${a.format}”读取。如果不对，请用 --format-in 指定格式。`;
    case 'columns':
      return `时间取自“${a.time}”列，数值取自“${a.value}”列；未读取：${names(a.ignored)}。如果不对，请使用 --time-column 和 --value-column。`;
    case 'no-header':
      return `没有表头：时间取自第 ${a.time} 列，数值取自第 ${a.value} 列。如果不对，请使用 --time-column 和 --value-column。`;
    case 'zone':
      return '时间没有时区，按 UTC 读取。如果是本地时间，请指定时区（--timezone）：一天中的小时和星期几取决于它。';
    case 'clock-set-back':
      return a.passes === 2
        ? `自 ${f.instant(a.firstSeconds)} 起有一小时出现两次（${a.zone} 的时钟回拨），按行的顺序区分。以 UTC 导出则没有这样的小时。`
        : `自 ${f.instant(a.firstSeconds)} 起，${a.zone} 的时钟回拨，该小时应出现两次，数据中只有一次：按第一次读取。如果是第二次，这些行早了一小时。`;
    case 'date-order':
      return `日期按${ORDERS[a.order]}的顺序读取：其他顺序会产生不存在的日期。如果不对，请使用 --date-format。`;
    case 'time-unit':
      return `时间按${TIME_UNITS[a.unit]}读取。如果不对，请使用 --date-format。`;
    case 'shortened':
      return `数值在导出时已被舍入（“${a.example}”），缺少部分位数，负载的细微变化已丢失。请导出未格式化的数值。`;
    case 'unit':
      return a.unit === '%'
        ? '数值为百分比：11.7% 读作 11.7。单 Pod 容量（--pod-capacity）同样以百分比计。'
        : `数值的单位为 ${a.unit}。单 Pod 容量（--pod-capacity）使用同一单位。`;
    case 'decimal': {
      const example = a.example === '' ? '' : `（“${a.example}”读作 ${a.value}）`;
      return `数值按小数${a.mark === ',' ? '逗号' : '点'}读取${example}。如果不对，请使用 --decimal。`;
    }
    case 'empty':
      return `${f.number(a.count)} 行没有数值（空、null 或 NaN），视为没有数据，而不是零。`;
    case 'sorted':
      return '各行未按时间排列，已排序。无需处理。';
    case 'doubled':
      return `${f.number(a.count)} 行的时间和数值重复，只读取一次。无需处理。`;
    case 'sum-per-period':
      return a.periodSeconds === undefined
        ? `每个值是一个周期的合计（${a.statistic}）。单 Pod 容量（--pod-capacity）必须以同样的周期计。`
        : `每个值是 ${f.duration(a.periodSeconds)}的合计（${a.statistic}）。单 Pod 容量（--pod-capacity）必须以同样的时长计，而不是每秒。`;
    case 'summed': {
      const partial =
        a.partial === 0
          ? '每个时刻各序列都有值。'
          : `${f.number(a.times)} 个时刻中有 ${f.number(a.partial)} 个并非所有序列都有值，只对有值的序列求和；如果是缺少数据，则合计偏低。`;
      return `${f.number(a.series)} 个序列已相加（--sum）。${partial}`;
    }
    case 'counted':
      return `由 ${f.number(a.events)} 行统计得到每分钟的数量${a.skipped === 0 ? '' : `（另有 ${f.number(a.skipped)} 行无法识别，已跳过）`}；首尾两分钟可能不完整。${f.number(a.emptyMinutes)} 分钟没有记录，视为零；连续一小时以上没有记录则视为没有数据。单 Pod 容量（--pod-capacity）以每分钟计。`;
    case 'encoding':
      return '不是 UTF-8，按 Windows-1252 读取。如果列名显示不正确，请另存为 UTF-8。';
  }
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, LISTED).map((name) => `“${name}”`);
  return `${f.list(shown)}${all.length > LISTED ? `等 ${all.length} 列` : ''}`;
}
