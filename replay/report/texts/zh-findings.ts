import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, WEEK_SECONDS } from '../../../core/series.ts';
import type {
  FindingBias,
  FindingName,
  FindingPeak,
  FindingValues,
  FindingWindow,
} from '../../../core/trace-finding-values.ts';
import type { Finding } from '../../result.ts';
import { zhAssumption } from './zh-assumption.ts';
import { zhFormats as f } from './zh-formats.ts';
import { spaced } from './zh-spacing.ts';

/** Windows beyond these are counted, not listed. */
const LISTED = 2;
const WEEKDAYS = ['周一', '周二', '周三', '周四', '周五', '周六', '周日'];

/** A finding in Chinese; undefined: it has no values to make a text of. */
export function zhFinding(finding: Finding): string | undefined {
  if (finding.values === undefined) return undefined;
  const say = TEXTS[finding.name] as (values: typeof finding.values) => string;
  return spaced(say(finding.values));
}

const TEXTS: { readonly [Name in FindingName]: (values: FindingValues[Name]) => string } = {
  counter: (v) => {
    if (v.readAs !== 'rate') {
      const moves = `上升 ${f.number(v.rises)} 次，下降 ${f.number(v.falls)} 次`;
      return `数据只增不减（${moves}），按不断增长的负载处理（--gauge）。如果它是累计值（例如启动以来的请求数），只有其速率才是负载：请使用 --counter。`;
    }
    const begun = v.resets === 0 ? '从未重新计数' : `重新计数 ${f.number(v.resets)} 次`;
    const read = `按计数器读取（--counter）：负载为其每秒速率；${begun}。`;
    return v.unexplainedFalls === 0
      ? `${read}单 Pod 容量（--pod-capacity）同样以每秒速率计。`
      : `${read}其中 ${f.number(v.unexplainedFalls)} 次下降无法用重新计数解释（例如求和时少了一个成员），该处视为没有数据。更好的做法是对速率求和：sum(rate(…[1m]))。`;
  },
  'too-short': () => '数据时间跨度太短。',
  'too-coarse': () => '数据粒度太粗。',
  'all-zero': () => '所有值均为零，没有可供伸缩的负载。',
  'relative-time': ({ startSeconds }) =>
    `时间从 1970 年之后 ${f.duration(startSeconds)}开始，似乎是相对时间。一天中的小时和星期几都不是真实的：可以发现日周期，但无法识别周末和您的日程。`,
  'coarse-step': ({ stepSeconds }) =>
    `每 ${f.duration(stepSeconds)}才有一个值。两个值之间的负载没有记录，由填充得到：更短的峰值会丢失，因此各策略的结果都可能比实际更好看。`,
  'filled-demand': ({ stepSeconds, measured }) => {
    const hides = `采样间隔为 ${f.duration(stepSeconds)}：两个采样点之间的负载不在数据中，更短的峰值尤其如此，由填充得到。`;
    if (measured === undefined) return hides;
    const beyond = measured.stepSeconds < stepSeconds ? '；更粗的间隔没有测量，误差更大' : '';
    return `${hides}将 ${f.number(measured.loads)} 个分钟级负载抽稀到 ${f.duration(measured.stepSeconds)}后以同样方式回放：HPA 的${off(measured.hpa)}；Prescale 的${off(measured.predictive)}${beyond}。`;
  },
  'recurring-gaps': ({ windows, share }) =>
    `${listed(windows)}没有数据；共缺失 ${f.percent(share)} 的时间。这些时段的负载未知，且不视为零：各策略保持其 Pod 不变，计入成本但不计入未满足需求。如果当时确实没有负载，请写入值为 0 的行。`,
  gaps: ({ count, share, longestSeconds, longestStartSeconds }) =>
    `有 ${f.number(count)} 处缺失，占 ${f.percent(share)} 的时间；最长一处自 ${f.instant(longestStartSeconds)} 起，持续 ${f.duration(longestSeconds)}。缺失不等于零：各策略保持其 Pod 不变，计入成本但不计入未满足需求。`,
  saturated: ({ from, to, rows, share }) => {
    const [low, high] = [f.threeDigits(from), f.threeDigits(to)];
    const height = low === high ? low : `${low} 至 ${high}`;
    return `峰值被削平：${f.number(rows)} 行（${f.percent(share)}）处于 ${height}，几乎没有更高的值。如果这是某种上限（CPU、连接数或全部 Pod 的处理能力），超出部分的需求没有被记录：真实峰值更高，各策略的结果都比实际更好看。`;
  },
  'peak-outlier': ({ peaks }) =>
    `${peaks.map(lonePeak).join('')}如果是测量错误，请删除${peaks.length === 1 ? '该行' : '这些行'}。`,
  outliers: ({ count, value, around, timeSeconds, isBursty }) => {
    const where = `最大的一个为 ${f.instant(timeSeconds)} 的 ${f.threeDigits(value)}，是前后数小时的 ${f.threeDigits(value / around)} 倍`;
    const advice = isBursty
      ? '数量如此之多，说明负载本身具有突发性：没有固定时间的突发只能靠备用 Pod 应对，无法预测。'
      : '如果是测量错误，请删除这些行：历史数据中的异常值会决定 --peak-pods，且都无法预测。';
    return `有 ${f.number(count)} 行远高于前后数小时；${where}。${advice}`;
  },
  'recurring-zeros': ({ windows, share }) =>
    `${listed(windows)}负载为零，占全部行的 ${f.percent(share)}。回放时视为没有负载：各策略都会缩容到 --min，这正是相比固定副本数节省的主要来源。如果当时没有测量，请删除这些行。`,
  'many-zeros': ({ share }) =>
    `${f.percent(share)} 的行为零，且没有固定时间。回放时视为没有负载；如果其中一些表示“未测量”，请删除这些行。`,
  'zero-outages': ({ count, seconds, firstSeconds, levelBefore }) =>
    `负载中间有 ${f.number(count)} 段为零，共 ${f.duration(seconds)}；第一段自 ${f.instant(firstSeconds)} 起，此前约为 ${f.threeDigits(levelBefore)}。如果是服务或监控中断，请删除这些行：按零回放会使各策略缩容。`,
  'late-start': ({ seconds }) =>
    `开头 ${f.duration(seconds)}全部为零，服务似乎较晚才启用：预测会跳过这一段，但可用的历史数据因此变短。`,
  'level-shift': ({ count, before, after, timeSeconds }) =>
    `负载水平发生 ${f.number(count)} 次变化：自 ${f.date(timeSeconds)}起，日常水平由 ${f.threeDigits(before)} 变为 ${f.threeDigits(after)}。变化之前的历史对之后参考价值有限；使用 --peak-pods 时，单 Pod 容量取自历史数据。`,
  constant: ({ value }) =>
    `所有值均为 ${f.threeDigits(value)}。负载从不变化时，任何自动伸缩都无法节省成本。如果这是上限或配置值，请导出实际用量。`,
  'irregular-step': ({ share, stepSeconds }) =>
    `${f.percent(share)} 的行间隔不是 ${f.duration(stepSeconds)}。其间的需求按真实时间戳填充，无需处理。`,
  'under-two-weeks': ({ days }) =>
    `数据跨度为 ${f.number(days, 1)} 天。区分周周期与偶然波动需要两周历史，因此回放只识别日周期。`,
  'small-counts': ({ median }) =>
    `中位数仅为 ${f.threeDigits(median)}。如果这些值是计数，约有其平方根大小的波动纯属偶然，无法预测，节省空间有限。`,
  'read-as': zhAssumption,
};

function off({ costMedianOff, costMostOff, unmetWithinTwo, unmetMostOff }: FindingBias): string {
  const most = f.number(unmetMostOff, unmetMostOff >= 10 ? 0 : 1);
  return `成本偏差中位数为 ${f.percent(costMedianOff)}（最大 ${f.percent(costMostOff)}），未满足需求最多相差 ${most} 倍（${f.percent(unmetWithinTwo)} 的负载在两倍以内）`;
}

function lonePeak({ within, value, next, timeSeconds, rows }: FindingPeak): string {
  const who = rows === 1 ? '一行数据' : `连续 ${f.number(rows)} 行数据`;
  const rest = { trace: '其余数据', history: '其余历史数据', replayed: '其余回放区间' }[within];
  const decided = {
    trace: 'fixed-max 的成本以及 --peak-pods 的单 Pod 容量',
    history: '--peak-pods 的单 Pod 容量',
    replayed: 'fixed-max 的成本以及相对它的节省',
  }[within];
  return `${who}决定了峰值：${f.instant(timeSeconds)} 为 ${f.threeDigits(value)}，而${rest}最大为 ${f.threeDigits(next)}。仅凭它就决定了${decided}；去掉后为原来的 ${f.percent(next / value)}。`;
}

/** "每天 22:00 至 06:00（UTC，7 次中有 7 次）". */
function listed(windows: readonly FindingWindow[]): string {
  const shown = windows.slice(0, LISTED).map((window) => `${when(window)}（${window.of} 次中有 ${window.times} 次）`);
  const more = windows.length - shown.length;
  return `${f.list(shown)}${more > 0 ? `以及另外 ${more} 个时段` : ''}`;
}

function when({ periodSeconds, offsetSeconds, lengthSeconds }: FindingWindow): string {
  if (!Number.isFinite(offsetSeconds)) return `每 ${f.duration(periodSeconds)}有 ${f.duration(lengthSeconds)}`;
  const end = (offsetSeconds + lengthSeconds) % periodSeconds;
  return periodSeconds === WEEK_SECONDS
    ? `每${weekday(offsetSeconds)} 至${weekday(end)}（UTC）`
    : `每天 ${clock(offsetSeconds)} 至 ${clock(end)}（UTC）`;
}

function weekday(offset: number): string {
  return `${WEEKDAYS[Math.floor(offset / DAY_SECONDS)]} ${clock(offset % DAY_SECONDS)}`;
}

function clock(offset: number): string {
  const [hours, minutes] = [offset / HOUR_SECONDS, (offset % HOUR_SECONDS) / MINUTE_SECONDS].map(Math.floor);
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}
