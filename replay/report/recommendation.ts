import type { PolicyFigures, PolicyName, Report } from '../result.ts';
import { basisPoints, duration, list, money, percent } from './wording.ts';

type Facts = Omit<Report, 'recommendation'>;

/** Costs this close are a tie: half a percent is less than what a pod's start-up luck decides. */
const TIE = 0.005;

/** Unmet demand up to a tenth above the rival's is the same service: the next draw of start-ups decides as much. */
const SAME_SERVICE = 1.1;
/** … and so is a difference this small, in bp. */
const SAME_SERVICE_BP = 0.005;

/** How the predictive policy stands against one rival. */
type Standing = 'cheaper' | 'safer' | 'tie' | 'loses';

/** What the figures say, in sentences that each end with a full stop; the first is the headline. */
export function recommendationSentences(report: Facts): string[] {
  const predictive = report.policies.predictive;
  if (predictive === undefined) {
    return ['Prescale itself was not replayed: add "predictive" to the policies to see what it would have cost.'];
  }
  return [
    headline(report, predictive),
    ...tieNote(report, predictive),
    ...promise(report, predictive),
    ...distance(predictive),
    period(report),
    base(report),
    ...missingData(report),
  ];
}

/** The first sentence of a recommendation. */
export function firstSentence(recommendation: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(recommendation)?.[0] ?? recommendation;
}

/** Whether the predictive policy is worth having against the hardest rival that ran; undefined: nothing to compare. */
export function predictionHelps(report: Facts): boolean | undefined {
  const predictive = report.policies.predictive;
  const rival = hardestRival(report);
  if (predictive === undefined || rival === undefined) return undefined;
  const standing = stand(predictive, rival.figures, report.unmetTargetBp);
  return standing === 'cheaper' || standing === 'safer';
}

function headline(report: Facts, predictive: PolicyFigures): string {
  const target = report.unmetTargetBp;
  const rival = hardestRival(report);
  const failing = `failing ${basisPoints(predictive.unmetBp)} bp of demand (promise: ${basisPoints(target)} bp)`;
  if (rival === undefined) {
    const cost = money(predictive.cost, predictive.currency);
    return `On this load Prescale would have cost ${cost}, ${failing}; nothing that could be run instead was replayed.`;
  }
  switch (stand(predictive, rival.figures, target)) {
    case 'cheaper':
    case 'safer': {
      const theirs = rival.figures.unmetBp;
      const where = theirs > target ? ` where ${rival.label} failed ${basisPoints(theirs)} bp` : '';
      return `On this load Prescale would have cost ${comparisons(report, predictive)}, ${failing}${where}.`;
    }
    case 'tie':
      return `Prediction does not help here: it would have cost the same as ${rival.label}, ${failing}; ${stay(rival)}.`;
    case 'loses':
      return `Prediction does not help here: ${whyNot(predictive, rival, target)}; ${stay(rival)}.`;
  }
}

interface Rival {
  readonly name: PolicyName;
  readonly label: string;
  readonly figures: PolicyFigures;
}

/** In the order of how hard they are to beat; the oracle is no rival, nobody can run it. */
const RIVALS = ['hpa-tuned', 'hpa', 'cron', 'fixed', 'fixed-max'] as const;

function rivals(report: Facts): Rival[] {
  return RIVALS.flatMap((name) => {
    const figures = report.policies[name];
    return figures === undefined ? [] : [{ name, label: label(name, figures), figures }];
  });
}

function hardestRival(report: Facts): Rival | undefined {
  return rivals(report)[0];
}

function label(name: PolicyName, { target }: PolicyFigures): string {
  const at = target === undefined ? '' : ` at ${percent(target)}`;
  const labels: Record<PolicyName, string> = {
    predictive: 'Prescale',
    hpa: `your HPA${at}`,
    'hpa-tuned': `the best-tuned HPA${at}`,
    cron: 'a careful CronHPA',
    'fixed-max': 'fixed replicas at the peak',
    fixed: 'your fixed replicas',
    oracle: 'a clairvoyant',
  };
  return labels[name];
}

function stand(ours: PolicyFigures, theirs: PolicyFigures, targetBp: number): Standing {
  const saved = theirs.cost > 0 ? 1 - ours.cost / theirs.cost : 0;
  const goodService = keepsUp(ours, theirs, targetBp);
  // Dearer is still better where the rival breaks the promise and we break it far less.
  const safer = theirs.unmetBp > targetBp && ours.unmetBp <= Math.max(targetBp, theirs.unmetBp / 2);
  if (goodService && saved >= TIE) return 'cheaper';
  if (safer) return 'safer';
  return goodService && saved > -TIE ? 'tie' : 'loses';
}

/** The promise is kept, or no more demand fails than under the other. */
function keepsUp(ours: PolicyFigures, theirs: PolicyFigures, targetBp: number): boolean {
  return ours.unmetBp <= Math.max(targetBp, SAME_SERVICE * theirs.unmetBp) + SAME_SERVICE_BP;
}

/** "23 % less than your HPA at 70 % and 11 % less than the best-tuned one". */
function comparisons(report: Facts, ours: PolicyFigures): string {
  const { hpa, 'hpa-tuned': tuned } = report.policies;
  const rival = hardestRival(report)!;
  const parts: string[] = [];
  if (hpa !== undefined && hpa.target === tuned?.target) {
    return `${versus(ours, hpa)} ${label('hpa', hpa)}, which no other target beats`;
  }
  if (hpa !== undefined) parts.push(`${versus(ours, hpa)} ${label('hpa', hpa)}`);
  if (tuned !== undefined) {
    parts.push(`${versus(ours, tuned)} ${hpa === undefined ? label('hpa-tuned', tuned) : 'the best-tuned one'}`);
  }
  if (parts.length === 0) parts.push(`${versus(ours, rival.figures)} ${rival.label}`);
  return list(parts);
}

function versus(ours: PolicyFigures, theirs: PolicyFigures): string {
  const saved = theirs.cost > 0 ? 1 - ours.cost / theirs.cost : 0;
  if (Math.abs(saved) < 0.0005) return 'as much as';
  return saved > 0 ? `${percent(saved)} less than` : `${percent(-saved)} more than`;
}

function whyNot(ours: PolicyFigures, rival: Rival, targetBp: number): string {
  const theirs = rival.figures;
  const failures = `${basisPoints(ours.unmetBp)} bp of demand against ${basisPoints(theirs.unmetBp)} bp`;
  const cost = `cost ${versus(ours, theirs)} ${rival.label}`;
  if (ours.unmetBp <= targetBp) return `it would have ${cost}, failing ${failures}`;
  const link = ours.cost < theirs.cost ? 'though' : 'and';
  return `it would have failed ${failures} (promise: ${basisPoints(targetBp)} bp), ${link} it would have ${cost}`;
}

function stay({ name, figures: { target } }: Rival): string {
  if (name === 'hpa-tuned') return `stay with the HPA and set its target to ${percent(target ?? 0)}`;
  if (name === 'hpa') return 'stay with your HPA';
  if (name === 'cron') return 'stay with a CronHPA';
  return 'stay with fixed replicas';
}

/** Beating one's own HPA is worth saying even where the hindsight rival isn't beaten. */
function tieNote(report: Facts, ours: PolicyFigures): string[] {
  const { hpa, 'hpa-tuned': tuned } = report.policies;
  if (hpa === undefined || tuned === undefined || predictionHelps(report) === true) return [];
  const saved = hpa.cost > 0 ? 1 - ours.cost / hpa.cost : 0;
  if (saved < TIE || !keepsUp(ours, hpa, report.unmetTargetBp)) return [];
  return [
    `Against ${label('hpa', hpa)} it would have saved ${percent(saved)}; the better target is known only in hindsight.`,
  ];
}

function promise(report: Facts, ours: PolicyFigures): string[] {
  const target = report.unmetTargetBp;
  if (ours.unmetBp <= target) return [`The promise was kept; ${tooFew(ours)}.`];
  const tuned = report.policies['hpa-tuned'];
  const others = rivals(report).filter(({ name }) => name === 'hpa' || name === 'hpa-tuned');
  const nobody = others.length > 0 && others.every(({ figures }) => figures.unmetBp > target);
  const excuse = nobody ? '; no HPA kept it either' : tuned === undefined ? '' : '; the best-tuned HPA kept it';
  return [
    `The promise was not kept: ${basisPoints(ours.unmetBp)} bp of demand found no ready pod; ${tooFew(ours)}${excuse}.`,
  ];
}

function tooFew({ violationMinutes }: PolicyFigures): string {
  return violationMinutes === 0
    ? 'there were never too few pods'
    : `there were too few pods for ${duration(violationMinutes * 60)} in all`;
}

function distance({ oracleRatio }: PolicyFigures): string[] {
  if (oracleRatio === null) return [];
  const above = oracleRatio - 1;
  if (above < TIE) return ['No autoscaler could have done it cheaper: this is what a clairvoyant needs.'];
  return [`A clairvoyant would have needed ${percent(1 - 1 / oracleRatio)} fewer pod-hours.`];
}

function period({ period: { found, seconds, strength, reason } }: Facts): string {
  if (found) return `The load repeats every ${list(seconds.map(duration))} (strength ${strength.toFixed(2)}).`;
  const why = reason.replace(/^no period: /, '').replace(/[.\s]+$/, '');
  return `No period was found (${why}): Prescale leans on the newest observations.`;
}

function base({ breakEven }: Facts): string {
  const { basePods, hoursPerDay, thresholdHoursPerDay, savingVsAllElastic } = breakEven;
  const hours = `${thresholdHoursPerDay.toFixed(1)} h a day`;
  if (thresholdHoursPerDay >= 24) return 'By this price book every pod belongs on ECI.';
  if (basePods === 0) return `No pod runs more than ${hours}: all of them belong on ECI.`;
  const which =
    basePods === hoursPerDay.length && basePods > 1 ? `All ${basePods}` : `${basePods} of up to ${hoursPerDay.length}`;
  const [verb, place] = basePods === 1 ? ['runs', 'belongs'] : ['run', 'belong'];
  return `${which} pods ${verb} more than ${hours} and ${place} on a resident ECS base, which saves another ${percent(
    savingVsAllElastic,
  )}.`;
}

function missingData({ trace: { noDataFraction } }: Facts): string[] {
  if (noDataFraction < 0.0005) return [];
  return [`${percent(noDataFraction)} of the replayed time has no data and counts for nobody.`];
}
