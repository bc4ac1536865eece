import { rateOver } from '../wording.ts';
import type { Texts } from './en.ts';
import { zhFinding } from './zh-findings.ts';
import { modelName, whyNoPeriod } from './zh-forecast.ts';
import { zhFormats as f } from './zh-formats.ts';
import { zhGlossary } from './zh-glossary.ts';
import { zhHpa } from './zh-hpa.ts';
import { zhIndex } from './zh-index.ts';
import { zhRecommendation } from './zh-recommendation.ts';
import { zhSavings } from './zh-savings.ts';
import { spaced } from './zh-spacing.ts';

export const zh: Texts = {
  htmlLang: 'zh-CN',
  formats: f,
  glossary: zhGlossary,

  recommendation: zhRecommendation,
  finding: zhFinding,

  page: {
    title: (source) => `Prescale：${source}`,
    over: (source, from, to) => `Prescale 负载回放：${source} · ${f.instant(from)} 至 ${f.instant(to)}（UTC）`,
    findings: '阅读数据前请注意',
    severity: { note: '提示', warning: '警告' },
    sentenceGap: '',
    noScript: '图表需要 JavaScript；所有数据均可在上方表格中查看。',
    glossary: '术语表',
  },

  policies: {
    predictive: 'Prescale，与集群中实际运行的逻辑一致',
    hpa: '默认配置的 Kubernetes HPA',
    'hpa-tuned': '事后选出最佳目标利用率与缩容窗口的 HPA',
    cron: '由细心的运维人员编写的 CronHPA',
    'fixed-max': '始终按峰值需求配置（事后得知）',
    fixed: '您设定的固定副本数',
    oracle: '预知未来的理想策略：成本下限',
  },
  yourHpa: '您的 HPA（取自其配置清单）',

  named: {
    predictive: 'Prescale',
    hpa: '默认 HPA',
    'hpa-tuned': '调优 HPA',
    cron: 'CronHPA',
    'fixed-max': '按峰值固定副本数',
    fixed: '您的固定副本数',
    oracle: '理想策略（oracle）',
  },
  namedYourHpa: '您的 HPA',

  figures: {
    less: (share) => `−${f.percent(share)}`,
    more: (share) => `+${f.percent(share)}`,
    costAgainst: (policy) => spaced(`成本，相比${policy}`),
    insteadOf: (ours, theirs) => `每 30 天 ${ours}，原为 ${theirs}`,
    served: '需求满足率',
    sloKept: (targetBp, used) =>
      `达到 SLO ${f.slo(targetBp)}${used === null ? '' : `，已用错误预算的 ${f.percent(used)}`}`,
    sloBroken: (targetBp, used) =>
      `未达到 SLO ${f.slo(targetBp)}${used === null ? '' : `：为错误预算的 ${f.threeDigits(used)} 倍`}`,
    starts: '日均 Pod 启动次数',
    startsOf: (policy, starts) => spaced(`${policy}为 ${f.number(starts)} 次`),
    oracle: '相对理想策略的投入',
    oracleFloor: '1.00 为下限',
  },

  table: {
    heading: '策略对比',
    caption: '各策略的成本与服务质量',
    note: '假设所有 Pod 均为弹性 Pod。✓ 和 ✗ 表示是否达到 SLO。容量不足：累计时长，以及最多缺少的 Pod 数。',
    policy: '策略',
    cost: '每 30 天成本',
    againstHpa: '相比 HPA',
    againstTuned: '相比调优 HPA',
    same: '持平',
    served: '需求满足率',
    kept: '达到 SLO',
    broken: '未达到 SLO',
    underProvisioned: '容量不足时长',
    missingAtMost: (missing) => `最多缺 ${f.number(missing, 1)} 个`,
    starts: '日均 Pod 启动',
    saturation: '饱和度 p95\u00a0/\u00a0p99',
    readyAhead: '就绪提前量',
    oracle: '÷ 理想策略',
    podHours: 'Pod 小时',
    withWindow: (policy, seconds) => `${policy}；缩容窗口 ${f.duration(seconds)}`,
  },

  money: {
    heading: '费用（仅这一个工作负载）',
    basis: (days) =>
      `每天费用为回放的 ${f.duration(days * 86_400)}的平均值；30 天和一年（365 天）由此外推。假设所有 Pod 均为弹性 Pod。`,
    baseBasis: (n, product) =>
      `最后一行：${f.number(n)} 个 Pod 放在常驻节点${product === undefined ? '' : `（${product}）`}上，其余为弹性 Pod。`,
    day: '每天',
    month: '每 30 天',
    year: '每年',
    against: '每年，相比 HPA',
    withBase: 'predictive，配合常驻节点',
  },

  demand: {
    heading: '需求与就绪容量',
    note: '每个点取该时段内的最小容量与最大需求。右轴为 Pod 数。拖动可放大，双击或点击“全部”复原。时间为 UTC。',
    marks: '圆圈表示需求超过就绪容量，面积为缺少的 Pod 数。',
    label: '需求随时间的变化，以及预测策略与 HPA 的就绪容量',
    zoom: '缩放',
    all: '全部',
    weekOf: (from) => `${f.date(from)}起一周`,
  },

  frontier: {
    heading: '成本与未满足需求',
    note: '越靠左越便宜，越靠下越安全。',
    label: (policies) => `成本与未满足需求。${policies.join('；')}。`,
    point: (policy, cost, served) => `${policy}：${cost}，需求满足率 ${served}`,
    costAxis: (currency, log) => `成本（${currency}${log ? '，对数坐标' : ''}）`,
    unmetAxis: '未满足需求',
    slo: (targetBp) => `SLO ${f.slo(targetBp)}`,
  },

  ranks: {
    heading: '每个 Pod 的运行时长',
    resident: (product) => `常驻节点${product === undefined ? '' : `（${product}）`}`,
    elastic: (product) => `弹性 Pod${product === undefined ? '' : `（${product}）`}`,
    residentPods: (n, saving) => `${f.number(n)} 个 Pod，可再节省 ${f.percent(saving)}`,
    label: (resident, all, hours) =>
      `按序号排列的 Pod 每天运行小时数。${all} 个 Pod 中有 ${resident} 个每天运行超过 ${f.number(hours, 1)} 小时。`,
    breakEven: (hours) => `盈亏平衡：每天 ${f.number(hours, 1)} 小时`,
    rankAxis: '第 n 个 Pod',
    hoursAxis: '每天小时数',
    noResident: '价格表中没有常驻节点，因此所有 Pod 均为弹性 Pod',
    assumption: '假设：常驻节点的价格没有来源可查，盈亏平衡点和相应的节省均以该假设为前提。',
  },

  model: (name) => modelName(name),

  fan: {
    heading: '提前一天的预测与实际需求',
    note: (origin, model, seconds) =>
      `由 ${model} 于 ${f.instant(origin)}（UTC）生成，向前预测 ${f.duration(seconds)}：中位数及其上方各置信上限，需求应以相应概率不超过该值。实际决策使用每个同步周期更新的预测。`,
    label: '提前一天的预测分位数与实际需求',
  },

  week: {
    heading: '一周中各小时的负载',
    note: '全部数据的平均需求，时间为 UTC。',
    days: ['周一', '周二', '周三', '周四', '周五', '周六', '周日'],
    label: (day, hour) => `一周中各小时的平均需求（UTC）。最繁忙的时段为${day} ${hour}:00。`,
    noData: '没有数据。',
    cell: (day, hour, value) => `${day} ${hour}:00：${value}`,
    cellNoData: '没有数据',
    scale: (most) => `平均需求 ${most}`,
  },

  reasons: {
    heading: 'Prescale 的决策依据',
    note: (seconds) => `预测策略每 ${f.duration(seconds)}决策一次，按最终起作用的规则统计。`,
    none: '预测策略没有做出任何决策。',
    rule: '规则',
    decisions: '决策次数',
    share: '占比',
    belowTenth: `< ${f.percent(0.001)}`,
    meaning: {
      forecast: '提前时间内的预测峰值及其安全余量',
      'forecast-expired': '未能及时更新预测：仅由被动策略兜底（仅限线上）',
      headroom: '当前观测负载及其余量：两者中较高',
      reactive: 'HPA 的规则：历史数据表明预测没有收益',
      'catch-up': '需求正在失败：同时启动备用 Pod',
      'need-limit': '受限：最近十分钟需求量的 1.3 倍再加一个 Pod，仅为预期的需求不超过历史最大值的 1.1 倍',
      'unusually-low': '负载远低于该时段的正常水平：不缩容',
      'needed-again': '保留：预计很快会再次需要，重新启动并不划算',
      stabilization: '保留最近几分钟内较高的需求量',
      min: '最小副本数',
      max: '最大副本数',
      'no-data': '没有观测数据：保持不变',
    },
  },

  next: {
    heading: '下一步：提交到 Git',
    note: '与本次结果对应的注解：SLO、单 Pod 目标值、副本数上下限和提前时间。请添加到工作负载的 metadata 中。',
    copy: '复制',
    copied: '已复制',
    copyFailed: '浏览器不允许自动复制：文本已选中，请使用键盘复制',
  },

  facts: {
    heading: '回放内容',
    trace: '负载数据',
    everySeconds: (source, seconds) => `${source}（每 ${f.duration(seconds)}一个值）`,
    sha256: 'SHA-256',
    replayed: '回放区间',
    span: (from, to, history) =>
      `${f.instant(from)} 至 ${f.instant(to)}（UTC），之前有 ${f.duration(history)}的历史数据`,
    withoutData: '缺失数据',
    filling: '采样点之间',
    filled: {
      linear: '直线插值',
      step: '保持上一个采样值',
      displacement:
        '随机中点位移（固定种子），粗糙程度与数据本身一致：任何策略都无法由此读出下一个采样点，短于采样间隔的峰值也并非真实峰值',
    },
    period: '周期',
    periods: (seconds, strength) =>
      `${spaced(f.list(seconds.map(f.duration)))}；第一个周期解释了 ${f.percent(strength)} 的方差`,
    noPeriod: (reason) => `未发现${whyNoPeriod(reason)}`,
    modelOf: (model) => modelName(model),
    model: '日前预测模型',
    ahead: (seconds) => `提前 ${f.duration(seconds)}的预测`,
    noAccuracy: '没有可比较的数据',
    observation: '策略看到的指标',
    lossOf: (observed, share) => `${observed}，其中 ${f.percent(share)} 的采集丢失`,
    observed: {
      exact: (_scrape, _window) => '一分钟内的精确平均需求',
      rate: (scrape, window) => `每 ${f.duration(scrape)}采集一次的计数器的 ${rateOver(window)}`,
      gauge: (scrape, _window) => `每 ${f.duration(scrape)}采集一次的 gauge 的最新值`,
    },
    hpa: '您的 HPA',
    hpaOf: zhHpa,
    startCost: '启动成本',
    startCostOf: (seconds) => `每次启动折算为一个 Pod 运行 ${f.duration(seconds)}，仅用于对比`,
    prices: '价格',
    priceOf: (amount, elastic, source, date) => `每 Pod 小时 ${amount}（${elastic}）：${source}，${date}`,
    minimum: (seconds) => `；每个 Pod 至少按 ${f.duration(seconds)}计费`,
    residentPrice: '常驻节点',
    stop: '。',
    madeBy: '生成工具',
  },

  method: {
    heading: '计算方法',
    clock: '时钟',
    clockText: (history, isFilled) =>
      `同步周期为 15 秒，第一个周期位于数据起点之后 ${f.duration(history)}。相邻两个采样点间隔不超过两个步长时，其间的需求${isFilled ? '按数据自身的粗糙程度填充' : '做线性插值'}；其余时段视为没有数据，对所有策略均不计入。`,
    knowledge: '策略已知的信息',
    knowledgeText: (lead) =>
      `在每个同步周期，除理想策略外的所有策略都只能看到观测到的需求及之前的数据。预测提前量为 ${f.duration(lead)}。`,
    pods: 'Pod',
    podsText: (capacity, p50, p90, p99, seed, min, max) =>
      `一个就绪 Pod 可承接 ${f.threeDigits(capacity)}（单位与负载数据相同）。Pod 创建后经过启动时间才就绪：p50 ${f.duration(p50)}，p90 ${f.duration(p90)}，p99 ${f.duration(p99)}；在所有策略下第 k 个 Pod 的启动时间相同（随机种子 ${seed}）。副本数：最少 ${min}${max === null ? '' : `，最多 ${max}`}。被删除的 Pod 立即退出。`,
    hpa: 'HPA',
    hpaText: (target) =>
      `hpa：期望副本数 = ⌈观测值 ÷（容量 × ${f.percent(target)}）⌉；偏差在 ±10% 以内不动作；每个同步周期最多增加 max(100%, 4 个 Pod)；缩容时取最近 300 秒内最大的推荐值。`,
    ownHpaText: 'hpa：按其配置清单执行，见上文。',
    tunedText:
      'hpa-tuned：从目标利用率 30、35 … 95% 和缩容窗口 0、1、2、5、10 分钟的组合中，事后选出能达到 SLO 且最便宜的一组。',
    cron: 'cron 与 oracle',
    cronText:
      'cron：按一周中的每个小时（历史不足 14 天时按一天中的每个小时）取历史最大需求量，并提前一个启动时间 p90 生效。oracle：预知需求，空闲时间短于启动成本的 Pod 会被保留。',
    cost: '成本与目标函数',
    costText: (startCost) =>
      `成本 = Pod 小时（所有存在的 Pod，无论是否就绪）× 每 Pod 小时价格。策略之间按目标函数比较：Pod 小时 + 启动次数 × ${f.duration(startCost)}。`,
    service: '服务质量',
    serviceText: (targetBp) =>
      `未满足需求 = Σ max(0, 需求 − 就绪 Pod 数 × 容量) ÷ Σ 需求；SLO 为需求满足率 ${f.slo(targetBp)}。就绪提前量 = Pod 在所需需求到来之前就绪的时间中位数。`,
    breakEven: '盈亏平衡点',
    breakEvenText: (hours) => `按价格表计算，每天运行超过 ${f.number(hours, 1)} 小时的 Pod 放在常驻节点上更便宜。`,
    again: '所有数据均可由 timeline.csv 重新计算；相同的负载数据和随机种子得到逐字节相同的结果。',
  },

  terminal: {
    aDay: (currency) => `${currency}/天`,
    month: '30 天',
    year: '一年',
    versus: '相比 hpa',
    servedColumn: '满足率',
    starts: '启动/天',
    oracle: '÷ oracle',
    short: '不足时长',
    ahead: '提前量',
    served: (targetBp) => `满足率：由就绪 Pod 承接的需求占比；✗ 表示未达到 SLO ${f.slo(targetBp)}。`,
    money: (currency, days) =>
      `费用以 ${currency} 计，仅为这一个工作负载，按 ${f.duration(days * 86_400)}的回放计算；30 天和一年由此外推。`,
    prices: (book, podHour, least, source) =>
      `所有 Pod 均按弹性 Pod 计价：${book}，每 Pod 小时 ${podHour}${least}（${source}）。`,
    accuracy: (wape, wql, coverage) =>
      `WAPE ${f.percent(wape)}，分位数损失 ${f.fixed(wql, 3)}，${f.percent(coverage)} 的需求低于 95% 分位数`,
    forecast: (lead, accuracy, model) => `提前 ${f.duration(lead)}的预测：${accuracy}。日前预测模型：${model}。`,
    replayed: (source, from, to, capacity, seed) =>
      `回放 ${source}，${f.instant(from)} 至 ${f.instant(to)}（UTC）；单 Pod 容量 ${f.threeDigits(capacity)}，随机种子 ${seed}。`,
    observed: (what) => `策略看到的指标：${what}。`,
    next: '下一步：复制到 Git（即 report.json 中的 annotations）：',
    wrote: (file) => `报告：${file}（report.json 和 timeline.csv 在同一目录）`,
  },

  index: zhIndex,

  savings: zhSavings,

  script: {
    locale: 'zh-CN',
    time: '时间',
    demand: '需求',
    demandMost: '需求（最大）',
    demandLeast: '需求（最小）',
    capacity: '容量：',
    missing: '缺少的 Pod：',
    none: '无',
    median: '中位数',
    came: '实际需求',
    percentSpace: '',
  },
};
