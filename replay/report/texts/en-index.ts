import type { PolicyName, Report } from '../../result.ts';
import { policyLabel } from '../policy-label.ts';

/** The table of several traces, for a terminal and as a page. */
export const enIndex = {
  title: (traces: number) => `Prescale: ${traces} replays`,
  heading: (traces: number) => `${traces === 1 ? 'One trace' : `${traces} traces`} replayed`,
  care: 'Before you read the figures (each report says it in sentences)',
  careOf: (findings: string) => `read with care: ${findings}`,
  /** A finding in a word or two, by its name in report.json. */
  finding: (name: string) => name,
  listed: (items: readonly string[]) => items.join(', '),
  /** Between a trace and what is said of it. */
  colon: ': ',

  trace: 'trace',
  saving: 'saving',
  cost: 'cost',
  days: 'days',
  unmet: 'unmet',
  starts: 'starts/day',
  verdict: 'verdict',
  percent: (shown: number | string) => `${shown} %`,
  justOver: (shown: string) => `just over ${shown}`,
  all: (traces: number) => `all ${traces}`,
  keepSlo: (kept: number, traces: number) => `${kept} of ${traces} keep the SLO`,

  /** What the reader has, which a saving is against. */
  baseline: (name: PolicyName, facts: Pick<Report, 'policies' | 'verdict'>): string => policyLabel(name, facts),
  /** @param baseline null: none ran @param slo the most that may stay unmet @param miss the mark of a miss */
  explanation: (policy: PolicyName, baseline: string | null, slo: string, miss: string) =>
    `Figures of ${policy} over the replayed days; ${baseline === null ? 'no baseline ran to save against' : `saving: the bill against ${baseline}`}; SLO: at most ${slo} unmet, ${miss} misses it. The unmet demand of all is weighted by pods.`,
  verdicts: {
    keep: (have: string) => `keep ${have}`,
    change: (best: string) => `change to ${best}`,
    choose: (best: string, nearMiss: string) => `${best}, or ${nearMiss} that nearly keeps the SLO`,
    noneKeeps: (best: string) => `none keeps the SLO; ${best} fails least`,
    only: (best: string) => `${best} keeps the SLO`,
    nothing: 'nothing to run was replayed',
  },

  notReplayed: 'Not replayed',
  failed: 'failed',
  skipped: 'skipped',
  folder: 'folder',
  notEntered: (path: string) => `${path}: name it to replay what is in it`,
  wrote: (file: string) => `The reports: ${file} (index.json has the same; a folder for each trace)`,
};
