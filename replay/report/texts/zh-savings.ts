import type { enSavings } from './en-savings.ts';
import { zhFormats as f } from './zh-formats.ts';
import { spaced } from './zh-spacing.ts';

const pods = (min: number, max: number) => (Number.isFinite(max) ? `${min}–${max} 个 Pod` : `至少 ${min} 个 Pod`);

export const zhSavings: typeof enSavings = {
  title: (workloads) => `Prescale：${workloads} 个工作负载的可节省成本`,
  heading: 'Prescale 可以节省多少',
  counts: (found, replayed, boundOnly, skipped, queries) =>
    `共 ${found} 个 · 已回放 ${replayed} · 仅有上限 ${boundOnly} · 跳过 ${skipped} · 查询 ${queries} 次`,
  source: (prometheus, from, to) => `${prometheus}，${from} 至 ${to}。`,
  noneReplayed: '没有回放任何工作负载：下列数字都不是实际节省。',
  saved: (replayed, saved, today) =>
    `已回放的 ${replayed} 个工作负载 30 天共花费 ${today}，在有节省之处 Prescale 共节省 ${saved}。`,
  explanation: (slo, book, source, date) =>
    `“≤” 是由预知需求的 oracle 得出的节省上限，并非实际节省。数字为目前 → 使用 Prescale。SLO ${slo}，✗ 表示未达到。` +
    `假定一个 Pod 的处理能力等于其 CPU 请求值，并按请求值计价：${book}（${source}，${date}）；30 天由此外推。`,
  sentenceGap: '',
  colon: '：',
  comma: '、',

  columns: (currency) => ['工作负载', '目前', `${currency}/30 天`, '节省', '满足率', '启动/天', '依据'],
  boundOnly: '仅有上限',
  replayed: (days) => `回放 ${f.number(days, 1)} 天`,
  ownHpa: '自身的 HPA',
  anHpa: '默认 HPA',
  maybeHpa: '未知（HPA？）',
  chart: '节省最多的工作负载：目前与使用 Prescale 的成本',
  caption: (currency) => `30 天的 ${currency}：灰色为目前，绿色为使用 Prescale；数字为差额。`,
  toTry: '如何试用',
  onlyObserves: '在模式改为 auto 之前，它们都只观察，不做更改。',
  toTryFirst: '试用第一个：只观察，不做更改',
  care: '请谨慎解读',
  failed: '失败',
  skipped: '跳过',
  andMore: (more) => ` 等，另有 ${more} 个`,
  moreBounds: (more) => `…… 另有 ${more} 个仅有上限：全部见 savings.csv`,
  wrote: (file) => `报告：${file}（savings.csv 和 index.json 内容相同）`,
  allOf: (resource) => `全部 ${resource}`,

  hpa: (metric, share, min, max) =>
    share === undefined ? `${metric}，${pods(min, max)}` : `CPU 为请求值的 ${f.percent(share)}，${pods(min, max)}`,
  defaultHpa: (target, min, max) => `CPU ${target}，${pods(min, max)}`,
  fixed: (replicas) => `${replicas} 个 Pod`,

  scalesBy: (metrics) => spaced(`它按 ${metrics.join('、')} 伸缩`),
  notPlayed: (why, target) => `其 HPA 无法按 CPU 回放：${why}；以目标为 ${target} 的 HPA 代替`,
  alsoScalesBy: (metrics) => `其 HPA 还按 ${metrics.join('、')} 伸缩，这部分未回放`,
  scaledByPrescale: (target) => `其副本数由 Prescale 设置：以目标为 ${target} 的 HPA 代表没有 Prescale 时的情况`,
  defaultModeUnknown:
    '它已选择加入但未指定模式，且未找到 Prescale 的配置：其副本数可能由 Prescale 设置，这里按固定副本数处理',
  hpasUnknown: (target, why) => `与目标为 ${target} 的 HPA 比较，因为无法读取 HPA：${why}`,
  secondHpa: (name) => `另有一个 HPA（${name}）也伸缩它，已忽略`,
  overRequest: '其 Pod 使用的 CPU 超过请求值：请调高请求值，数字才有意义',
  coarse: (stepSeconds) =>
    `更细的步长需要过多查询，因此其上限由 ${f.duration(stepSeconds)}的平均值得出，不含其中的峰值`,
  replayFailed: (why) => `回放失败：${why}`,
  notReplayable: (why) => `无法回放：${why}`,
  nothingToCompare: '回放中没有可比较的策略',

  notListed: (why, listed) => `${listed === 0 ? '无法列出' : `列出 ${listed} 个之后无法继续`}：${why}`,
  notRead: (why) => `无法读取：${why}`,
  notThere: '有 HPA 以它为目标，但它不存在',
  noReplicas: '没有副本',
  noTemplate: (kind) => `${kind} 没有说明其 Pod 的请求值`,
  containerWithoutCpu: (container) => `容器 ${container} 没有 CPU 请求值，无从得知一个 Pod 的处理能力`,
  podsWithoutCpu: 'Pod 没有 CPU 请求值，无从得知一个 Pod 的处理能力',
  samePods: (workloads) => `${workloads.join('、')} 的 Pod 同名，无法区分`,
  noTimeLeft: '查询之前时间预算已用完；可用 --budget 增加',
  noUsage: 'Prometheus 中没有其 Pod 的 CPU 用量',
  tooYoung: (foundDays, neededDays) =>
    `数据只有 ${f.number(foundDays, 1)} 天；需要 ${f.number(neededDays, 1)} 天的历史加一小时`,
  peakTooHigh: (cores, most, request) => `峰值 ${cores} 核超过单个 Pod 请求值（${request}）的 ${most} 倍`,
  tooLittleKnown: (hours) => `历史之后只有 ${f.number(hours)} 小时的 CPU 用量`,
  onlyBound: (why) => `回放失败，仅有上限：${why}`,
};
