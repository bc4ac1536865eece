import { hpasUnreadable } from '../../hpa-manifest/hpa-manifest.ts';
import { enFormats as f } from './en-formats.ts';

const pods = (min: number, max: number) =>
  Number.isFinite(max) ? `${min}-${max} pods` : `at least ${min} ${f.plural(min, { one: 'pod', other: 'pods' })}`;

/** What `prescale report --all` says of the workloads of a cluster. */
export const enSavings = {
  title: (workloads: number) => `Prescale: savings of ${workloads} workloads`,
  heading: 'What Prescale would save',
  counts: (found: number, replayed: number, boundOnly: number, skipped: number, queries: number) =>
    `${found} found · ${replayed} replayed · ${boundOnly} bound only · ${skipped} skipped · ${queries} queries`,
  source: (prometheus: string, from: string, to: string) => `${prometheus}, ${from} to ${to}.`,
  noneReplayed: 'None was replayed: no figure below is a saving.',
  saved: (replayed: number, saved: string, today: string) =>
    `Of the ${replayed} that were replayed Prescale saves ${saved} of ${today} in 30 days, where it saves any.`,
  explanation: (slo: string, book: string, source: string, date: string) =>
    `"≤" is the most that anybody could save, by an oracle that knows the demand: not a saving. Today → with Prescale. SLO ${slo}, ✗ misses it. ` +
    `A pod is taken to serve the CPU that it requests, and is priced by its requests: ${book} (${source}, ${date}); 30 days are extrapolated.`,
  sentenceGap: ' ',
  /** Between a workload and what is said of it. */
  colon: ': ',
  /** Between workloads that something is said of. */
  comma: ', ',

  columns: (currency: string) => ['workload', 'today', `${currency}/30 d`, 'saved', 'served', 'starts/day', 'basis'],
  boundOnly: 'bound only',
  replayed: (days: number) => `replayed ${f.number(days, 1)} d`,
  ownHpa: 'its HPA',
  anHpa: 'an HPA',
  /** Nobody knows whether it has one. */
  maybeHpa: 'an HPA?',
  chart: 'Cost of the best today and with Prescale',
  caption: (currency: string) =>
    `${currency} in 30 days: grey today, green with Prescale; the figure is the difference.`,
  toTry: 'To try them',
  onlyObserves: 'Each only observes until its mode is auto.',
  toTryFirst: 'To try the first: it only observes',
  care: 'Read with care',
  failed: 'Failed',
  skipped: 'Skipped',
  andMore: (more: number) => ` and ${more} more`,
  moreBounds: (more: number) => `… and ${more} more, bound only: savings.csv has all`,
  wrote: (file: string) => `The report: ${file} (savings.csv and index.json have the same)`,
  /** Of all objects of a resource, such as statefulsets. */
  allOf: (resource: string) => `all ${resource}`,

  /** What a workload has today. @param metric its words in English @param share of the request; undefined: a target of another kind */
  hpa: (metric: string, _share: number | undefined, min: number, max: number) => `${metric}, ${pods(min, max)}`,
  defaultHpa: (target: string, min: number, max: number) => `cpu at ${target}, ${pods(min, max)}`,
  fixed: (replicas: number) => `${replicas} ${f.plural(replicas, { one: 'pod', other: 'pods' })}`,

  scalesBy: (metrics: readonly string[]) => `it scales by ${metrics.join(' and ')}`,
  notPlayed: (why: string, target: string) =>
    `its HPA can't be played on CPU: ${why}; an HPA at ${target} stands for it`,
  alsoScalesBy: (metrics: readonly string[]) => `its HPA also scales by ${metrics.join(' and ')}, which is not played`,
  scaledByPrescale: (target: string) =>
    `Prescale sets its replicas: an HPA at ${target} stands for what it would have without`,
  defaultModeUnknown:
    'it opted in without a mode, and the configuration of Prescale was not found: Prescale may set its replicas, which are taken as fixed',
  hpasUnknown: (target: string, why: string) => `compared with an HPA at ${target}, as ${hpasUnreadable(why)}`,
  secondHpa: (name: string) => `a second HPA scales it, ${name}, which is ignored`,
  overRequest: 'its pods use more CPU than they request: raise the request, and the figures mean something',
  coarse: (stepSeconds: number) =>
    `its bound is from means of ${f.duration(stepSeconds)}, as finer ones take too many queries: the peaks within them are not in it`,
  replayFailed: (why: string) => `its replay failed: ${why}`,
  notReplayable: (why: string) => `it can't be replayed: ${why}`,
  nothingToCompare: 'its replay has nothing to compare',

  notListed: (why: string, listed: number) => `can't be listed${listed === 0 ? '' : ` after ${listed}`}: ${why}`,
  notRead: (why: string) => `can't be read: ${why}`,
  notThere: 'an HPA names it, and it does not exist',
  noReplicas: 'it has no replicas',
  noTemplate: (kind: string) => `a ${kind} does not say what its pods request`,
  containerWithoutCpu: (container: string) =>
    `its container ${container} requests no CPU, so that nothing says what a pod serves`,
  podsWithoutCpu: 'its pods request no CPU, so that nothing says what one serves',
  samePods: (workloads: readonly string[]) => `the pods of ${workloads.join(' and ')} have the same names`,
  noTimeLeft: 'the budget of time was spent before it was asked for; --budget gives more',
  noUsage: 'Prometheus has no CPU usage of its pods',
  tooYoung: (foundDays: number, neededDays: number) =>
    `found ${f.number(foundDays, 1)} d of data; expected ${f.number(neededDays, 1)} d of history and an hour`,
  peakTooHigh: (cores: string, most: number, request: string) =>
    `its peak of ${cores} cores is over ${most} times what a pod requests (${request})`,
  tooLittleKnown: (hours: number) => `CPU usage is known in ${f.number(hours)} h only after the history`,
  onlyBound: (why: string) => `bound only, as its replay failed: ${why}`,
};
