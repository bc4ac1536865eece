import type { Glossary } from './terms.ts';

export const zhGlossary: Glossary = {
  slo: {
    name: 'SLO',
    meaning: '服务等级目标：在回放区间内，必须由就绪（Ready）Pod 承接的需求占比。',
  },
  served: {
    name: '需求满足率',
    meaning: '由就绪 Pod 承接的需求占全部需求的比例。超出就绪 Pod 容量的部分计为未满足需求。',
  },
  'error-budget': {
    name: '错误预算',
    meaning: '不违反 SLO 的前提下允许未满足的需求：SLO 为 99.99% 时，错误预算为需求的 0.01%。',
  },
  'under-provisioned': {
    name: '容量不足时长',
    meaning: '需求超过就绪 Pod 容量的累计时长，无论超出多少。',
  },
  'pod-starts': {
    name: '日均 Pod 启动次数',
    meaning: '该策略平均每天创建的 Pod 数量。每次启动都伴随镜像拉取、预热、冷缓存以及负载均衡后端的变更。',
  },
  'start-cost': {
    name: '启动成本',
    meaning: '在所有对比中，每次 Pod 启动折算为一段 Pod 运行时间；账单中不包含这一项。',
  },
  saturation: {
    name: '饱和度',
    meaning:
      '需求 ÷ 就绪 Pod 的总容量，即水位。p95、p99 表示 95%、99% 的时间内不超过的值；超过 100% 即出现未满足需求。',
  },
  'ready-ahead': {
    name: '就绪提前量',
    meaning: 'Pod 在所需需求到来之前就绪的时间中位数；负值表示晚于需求就绪。',
  },
  'pod-hours': {
    name: 'Pod 小时',
    meaning: '所有 Pod 从创建到删除的时长之和（无论是否就绪），是计费的依据。',
  },
  oracle: {
    name: '理想策略（oracle）',
    meaning: '预先知道未来需求和每个 Pod 启动时间的策略。现实中无法运行，是所有策略成本的下限。',
  },
  baseline: {
    name: '基线策略',
    meaning: '可以替代 Prescale 运行的策略：HPA、调优后的 HPA、CronHPA 或固定副本数。',
  },
  hpa: {
    name: 'HPA',
    meaning: 'Kubernetes 水平自动伸缩（Horizontal Pod Autoscaler）：根据当前观测到的利用率计算副本数。',
  },
  'hpa-tuned': {
    name: '调优 HPA',
    meaning: '事后在同一段负载上选出的最佳目标利用率与缩容窗口的 HPA。现实中无法提前得知这一组合。',
  },
  cron: {
    name: 'CronHPA',
    meaning: '定时伸缩：按一周中的每个小时，取历史上该小时的最大需求量。',
  },
  window: {
    name: '缩容稳定窗口',
    meaning: 'HPA 缩容时取该窗口内最大的推荐副本数（stabilizationWindowSeconds）。',
  },
  'pod-capacity': {
    name: '单 Pod 容量',
    meaning: '一个就绪 Pod 在满足服务目标的前提下可承接的需求，单位与负载数据相同。',
  },
  startup: {
    name: '启动时间',
    meaning: '从创建 Pod 到就绪的时间（冷启动）：调度、拉取镜像、启动容器、就绪探测。p90 表示九成 Pod 不超过该值。',
  },
  'lead-time': {
    name: '提前时间',
    meaning: '决策需要向前预测的时长：Pod 启动时间加上指标观测延迟。',
  },
  'sync-period': {
    name: '同步周期',
    meaning: '两次决策之间的间隔：15 秒，与 HPA 相同。',
  },
  quantile: {
    name: '预测分位数',
    meaning: '需求以该概率不超过的值，即置信上限；中位数为 50% 分位数。',
  },
  wape: {
    name: 'WAPE',
    meaning: '加权绝对百分比误差：误差绝对值之和 ÷ 需求之和。',
  },
  wql: {
    name: '加权分位数损失',
    meaning: '预测分位数相对于需求的损失，0 为完美。',
  },
  coverage: {
    name: '覆盖率',
    meaning: '需求落在 95% 分位数之下的比例；校准良好的预测应为 95%。',
  },
  period: {
    name: '周期',
    meaning: '负载重复出现的间隔，例如一天或一周。',
  },
  observation: {
    name: '观测模型',
    meaning: '策略看到的需求：Prometheus 在该时刻、以其采集间隔和查询窗口会返回的值。',
  },
  filling: {
    name: '填充方式',
    meaning: '粗粒度数据两个采样点之间的需求如何生成，使任何策略都无法从直线斜率读出下一个采样点。',
  },
  resident: {
    name: '常驻节点',
    meaning: '全天付费的实例。单价更低，但空闲时同样计费。',
  },
  elastic: {
    name: '弹性 Pod',
    meaning: '不占用自有节点的 Pod，从创建到删除按用量计费。',
  },
  'break-even': {
    name: '盈亏平衡点',
    meaning: 'Pod 每天运行超过该小时数时，放在常驻节点上更便宜。',
  },
  extrapolation: {
    name: '外推',
    meaning: '假设一个月或一年中的每一天都与回放的日子相同，由此推算的费用。',
  },
};
