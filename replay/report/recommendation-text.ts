import { DAY_SECONDS } from '../../core/series.ts';
import type { Report } from '../result.ts';
import {
  aDay,
  compared,
  instead,
  isAlone,
  keepsSlo,
  named,
  podStarts,
  priced,
  saving,
  served,
  startsADay,
  times,
  verb,
} from './compared.ts';
import { sloPercent } from './served.ts';
import { duration, list, money, percent } from './wording.ts';

/** A report before it is put into words. */
export type Facts = Omit<Report, 'recommendation' | 'annotations'>;

/** Costs this close are a tie. */
export const TIE = 0.005;
/** Fewer days than this may be unlike the days of a whole week. */
export const WEEK_DAYS = 7;

/** What the figures say, in sentences that each end with a full stop; the first is the headline. */
export function recommendationSentences(facts: Facts): string[] {
  return sentencesInOrder(facts, {
    headline,
    onMoney,
    onPrediction,
    onNearMiss,
    onLowerBill,
    onUnderProvisioning,
    onOracle,
    period,
    base,
    missingData,
  });
}

/** What is said of a report, in one language. */
export interface Sentences {
  headline(facts: Facts): string;
  onMoney(facts: Facts): string[];
  onPrediction(facts: Facts): string[];
  onNearMiss(facts: Facts): string[];
  onLowerBill(facts: Facts): string[];
  onUnderProvisioning(facts: Facts): string[];
  onOracle(facts: Facts): string[];
  period(facts: Facts): string;
  base(facts: Facts): string;
  missingData(facts: Facts): string[];
}

/** The same order in every language. */
export function sentencesInOrder(facts: Facts, say: Sentences): string[] {
  return [
    say.headline(facts),
    ...say.onMoney(facts),
    ...say.onPrediction(facts),
    ...say.onNearMiss(facts),
    ...say.onLowerBill(facts),
    ...say.onUnderProvisioning(facts),
    ...say.onOracle(facts),
    say.period(facts),
    say.base(facts),
    ...say.missingData(facts),
  ];
}

function headline(facts: Facts): string {
  const { kind, have, best, nearMiss, bestAutoscaler } = facts.verdict;
  if (best === null) {
    return 'No policy that could be run was replayed: add predictive, hpa, cron or fixed to --policies.';
  }
  const slo = `the SLO of ${sloPercent(facts.unmetTargetBp)}`;
  const it = named(best, facts);
  if (isAlone(facts)) {
    const keeps = verb(best, keepsSlo(best, facts) ? 'keep' : 'miss');
    return capital(`${it} ${keeps} ${slo}, at ${priced(best, facts)}; nothing else was replayed to compare with.`);
  }
  if (kind === 'none-keeps') {
    const against = have === null || have === best ? '' : `, ${compared(best, have, facts)} ${named(have, facts)}`;
    const theirs = against === '' ? '' : ` (${served(have!, facts)})`;
    return `No policy keeps ${slo}: ${it} ${verb(best, 'fail')} least, at ${priced(best, facts)}${against}${theirs}.`;
  }
  if (kind === 'choose') {
    const near = `${named(nearMiss!, facts)} ${verb(nearMiss!, 'miss')} it narrowly at ${priced(nearMiss!, facts)}`;
    const ratio = times(best, nearMiss!, facts);
    return capital(
      `${it} ${verb(best, 'keep')} ${slo} at ${priced(best, facts)}, ${ratio} times what a near miss costs: ${near}.`,
    );
  }
  if (kind === 'keep') return `Keep ${it}: nothing that keeps ${slo} is worth a change from ${priced(best, facts)}.`;
  if (bestAutoscaler !== null) {
    const ratio = times(best, bestAutoscaler, facts);
    const other = `${named(bestAutoscaler, facts)}, which fails least of the autoscalers (${served(bestAutoscaler, facts)})`;
    return `Only ${it} ${verb(best, 'keep')} ${slo}, at ${priced(best, facts)}: ${ratio} times the cost of ${other}.`;
  }
  if (have === null) return capital(`${it} ${verb(best, 'keep')} ${slo} cheapest, at ${priced(best, facts)}.`);
  return `Change from ${named(have, facts)} to ${it}: ${instead(best, have, facts)}.`;
}

/** What a change saves or costs, in the sums that a budget is made of. */
function onMoney(facts: Facts): string[] {
  const { verdict, money: bills } = facts;
  if (verdict.have === null || verdict.best === null || verdict.have === verdict.best) return [];
  // Then nobody is told to change: the headline says what the SLO would cost.
  if (verdict.bestAutoscaler !== null) return [];
  const saved = bills.policies[verdict.have]!.perDay - bills.policies[verdict.best]!.perDay;
  const [month, year] = [30, 365].map((days) => money(Math.abs(saved) * days, bills.currency));
  if (month === money(0, bills.currency)) return [];
  const days = duration(bills.measuredDays * DAY_SECONDS);
  const doubt = bills.measuredDays < WEEK_DAYS - 0.01 ? ', which is less than a week' : '';
  return [
    `For this one workload that is ${month} ${saved > 0 ? 'less' : 'more'} per 30 days and ${year} a year, extrapolated from ${days}${doubt}.`,
  ];
}

/** Where something else is better: what prediction would have cost all the same. */
function onPrediction(facts: Facts): string[] {
  const { have, best, nearMiss, lowerBill, bestAutoscaler } = facts.verdict;
  const { predictive, [have ?? 'oracle']: theirs } = facts.policies;
  if (predictive === undefined || best === null || isAlone(facts)) return [];
  if ([best, nearMiss, bestAutoscaler].includes('predictive')) return [];
  const slo = keepsSlo('predictive', facts) ? '' : ` (SLO ${sloPercent(facts.unmetTargetBp)})`;
  const starts = podStarts('predictive', facts);
  const figures = `${compared('predictive', best, facts)} that, ${priced('predictive', facts)}${slo}, ${starts}`;
  if (keepsSlo('predictive', facts) && saving('predictive', best, facts) >= TIE) {
    const instead = `instead of ${startsADay(best, facts)}, each counted as ${duration(facts.startCostSeconds)} of a pod`;
    return lowerBill === 'predictive' ? [] : [`Prescale would have cost ${figures} ${instead}.`];
  }
  const saved = have === null || have === best ? 0 : saving('predictive', have, facts);
  const serves = keepsSlo('predictive', facts) || (theirs !== undefined && predictive.unmetBp <= theirs.unmetBp);
  if (saved >= TIE && serves) {
    const [beside, more] =
      predictive.unmetBp < theirs!.unmetBp ? [` (${served(have!, facts)})`, ' and served more'] : ['', ''];
    const against = `against ${named(have!, facts)}${beside} it would have saved ${percent(saved)}${more}`;
    return [`Prescale would have cost ${figures}; ${against}.`];
  }
  return [`Prediction does not help here: Prescale would have cost ${figures}.`];
}

function onNearMiss(facts: Facts): string[] {
  const { kind, best, nearMiss } = facts.verdict;
  if (nearMiss === null || best === null || kind === 'choose') return [];
  const what = kind === 'none-keeps' ? 'fails hardly more' : 'misses the SLO narrowly';
  return [
    `${capital(named(nearMiss, facts))} ${what} for ${compared(nearMiss, best, facts)} that: ${priced(nearMiss, facts)}.`,
  ];
}

function onLowerBill(facts: Facts): string[] {
  const { best, lowerBill } = facts.verdict;
  if (lowerBill === null || best === null) return [];
  const [theirs, ours] = [podStarts(lowerBill, facts), startsADay(best, facts)];
  const price = duration(facts.startCostSeconds);
  return [
    `${capital(named(lowerBill, facts))} would have the lower bill (${aDay(lowerBill, facts)} a day) with ${theirs} instead of ${ours}, each counted as ${price} of a pod.`,
  ];
}

function onUnderProvisioning({ policies: { predictive } }: Facts): string[] {
  if (predictive === undefined) return [];
  const { underProvisionedMinutes, largestShortage } = predictive;
  if (underProvisionedMinutes === 0) return ['Prescale never had too few pods.'];
  const most = Math.max(1, Math.ceil(largestShortage - 1e-9));
  return [
    `Prescale was under-provisioned for ${duration(underProvisionedMinutes * 60)} in all, by up to ${most} ${most === 1 ? 'pod' : 'pods'}.`,
  ];
}

function onOracle({ policies: { predictive } }: Facts): string[] {
  const ratio = predictive?.oracleRatio ?? null;
  if (ratio === null) return [];
  if (ratio - 1 < TIE) return ['That is no more than the oracle, which knows the demand, would have needed.'];
  return [`The oracle, which knows the demand, would have needed ${percent(1 - 1 / ratio)} less, starts included.`];
}

function period({ period: { found, seconds, strength, reason } }: Facts): string {
  if (found) return `The load repeats every ${list(seconds.map(duration))} (strength ${strength.toFixed(2)}).`;
  const why = reason.replace(/^no period: /, '').replace(/[.\s]+$/, '');
  return `No period was found (${why}): Prescale leans on the newest observations.`;
}

/** Which pods belong on nodes of one's own; where the price of those nodes is assumed, so is the saving. */
function base({ breakEven, prices }: Facts): string {
  const { basePods, hoursPerDay, thresholdHoursPerDay, savingVsAllElastic } = breakEven;
  const elastic = `elastic pods${prices === undefined ? '' : ` (${prices.elastic})`}`;
  const { resident } = prices ?? {};
  if (resident === undefined) return `The price book has no resident nodes: all pods are ${elastic}.`;
  const hours = `${thresholdHoursPerDay.toFixed(1)} h a day`;
  const assumed =
    resident.assumption === undefined ? '' : `; the price of those nodes is an assumption (${resident.assumption})`;
  if (basePods === 0) return `No pod runs more than ${hours}: all of them belong on ${elastic}${assumed}.`;
  const which =
    basePods === hoursPerDay.length && basePods > 1 ? `All ${basePods}` : `${basePods} of up to ${hoursPerDay.length}`;
  const [verb, place] = basePods === 1 ? ['runs', 'belongs'] : ['run', 'belong'];
  return `${which} pods ${verb} more than ${hours} and ${place} on resident nodes (${resident.name}), which saves another ${percent(savingVsAllElastic)}${assumed}.`;
}

function missingData({ trace: { noDataFraction } }: Facts): string[] {
  if (noDataFraction < 0.0005) return [];
  return [`${percent(noDataFraction)} of the replayed time has no data and is excluded for every policy.`];
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
