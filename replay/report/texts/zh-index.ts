import type { FindingName } from '../../../core/trace-finding-values.ts';
import type { enIndex } from './en-index.ts';
import { named } from './zh-compared.ts';
import { spaced } from './zh-spacing.ts';

const FINDINGS: Readonly<Record<FindingName, string>> = {
  counter: '计数器',
  'too-short': '时间太短',
  'too-coarse': '粒度太粗',
  'all-zero': '全为零',
  'relative-time': '相对时间',
  'coarse-step': '采样间隔较大',
  'filled-demand': '填充的需求',
  'recurring-gaps': '定期缺失',
  gaps: '数据缺失',
  saturated: '峰值被削平',
  'peak-outlier': '孤立峰值',
  outliers: '离群值',
  'recurring-zeros': '定期为零',
  'many-zeros': '大量零值',
  'zero-outages': '疑似中断的零值',
  'late-start': '起始较晚',
  'level-shift': '水平突变',
  constant: '恒定不变',
  'irregular-step': '间隔不均匀',
  'under-two-weeks': '不足两周',
  'small-counts': '数值很小',
  'read-as': '读取时的假设',
};

export const zhIndex: typeof enIndex = {
  title: (traces) => `Prescale：${traces} 次回放`,
  heading: (traces) => `已回放 ${traces} 份负载数据`,
  care: '阅读数据前请注意（详见各报告）',
  careOf: (findings) => `请谨慎解读：${findings}`,
  finding: (name) => FINDINGS[name as FindingName] ?? name,
  listed: (items) => items.join('、'),
  colon: '：',

  trace: '负载数据',
  saving: '节省',
  cost: '成本',
  days: '天数',
  unmet: '未满足需求',
  starts: '启动/天',
  verdict: '结论',
  percent: (shown) => `${shown}%`,
  justOver: (shown) => `略高于 ${shown}`,
  all: (traces) => `全部 ${traces} 份`,
  keepSlo: (kept, traces) => `${traces} 份中有 ${kept} 份达到 SLO`,

  baseline: named,
  explanation: (policy, baseline, slo, miss) =>
    spaced(
      `各项数据为 ${policy} 在回放期间的结果；${baseline === null ? '没有可供对比的基准策略' : `节省：成本与${baseline}相比`}；SLO：未满足需求不超过 ${slo}，${miss} 表示未达到。合计的未满足需求按 Pod 数加权。`,
    ),
  verdicts: {
    keep: (have) => `继续使用 ${have}`,
    change: (best) => `改为 ${best}`,
    choose: (best, nearMiss) => `${best}，或险些达到 SLO 的 ${nearMiss}`,
    noneKeeps: (best) => `均未达到 SLO；${best} 的未满足需求最少`,
    only: (best) => `${best} 达到 SLO`,
    nothing: '没有回放任何可实际运行的策略',
  },

  notReplayed: '未回放',
  failed: '失败',
  skipped: '跳过',
  folder: '文件夹',
  notEntered: (path) => `${path}：请直接指定该文件夹以回放其中的数据`,
  wrote: (file) => `报告：${file}（index.json 内容相同；每份负载数据各有一个文件夹）`,
};
