import type { PolicyFigures, PolicyName, Report } from '../result.ts';
import { policyLabel } from './policy-label.ts';
import { servedPercent, sloPercent } from './served.ts';
import { money, percent, thousands } from './wording.ts';

/*
 * Phrases that set two policies side by side. Money is the bill; what is said to be equal is equal in the figures shown.
 */

type Facts = Pick<Report, 'policies' | 'verdict' | 'money' | 'unmetTargetBp'>;

/** Differences of cost under this are none. */
const SAME_COST = 0.0005;
/** From here on a multiple is easier to grasp than a percentage. */
const DOUBLE = 2;

/** Whether there is nothing to compare with: one policy ran, beside the oracle that can't be run. */
export function isAlone({ policies }: Facts): boolean {
  return Object.keys(policies).filter((name) => name !== 'oracle').length < 2;
}

export function keepsSlo(name: PolicyName, facts: Facts): boolean {
  return figures(name, facts).unmetBp <= facts.unmetTargetBp;
}

export function named(name: PolicyName, facts: Facts): string {
  return policyLabel(name, facts);
}

/** "keeps" of one, "keep" of replicas. */
export function verb(name: PolicyName, plural: 'keep' | 'miss' | 'fail'): string {
  if (name === 'fixed' || name === 'fixed-max') return plural;
  return plural === 'miss' ? 'misses' : `${plural}s`;
}

/** "USD 6.22 a day with 99.9954 % served". */
export function priced(name: PolicyName, facts: Facts): string {
  return `${aDay(name, facts)} a day with ${served(name, facts)}`;
}

export function served(name: PolicyName, facts: Facts): string {
  return `${servedPercent(figures(name, facts).unmetBp, facts.unmetTargetBp)} served`;
}

export function aDay(name: PolicyName, { money: { policies, currency } }: Facts): string {
  return money(policies[name]!.perDay, currency);
}

/** The share of the other's bill that is saved. */
export function saving(name: PolicyName, other: PolicyName, facts: Facts): number {
  const theirs = figures(other, facts).cost;
  return theirs > 0 ? 1 - figures(name, facts).cost / theirs : 0;
}

/** "23 % less than", "5 % more than", "8.4 times as much as", "as much as". */
export function compared(name: PolicyName, other: PolicyName, facts: Facts): string {
  const [amount, link] = difference(name, other, facts);
  return `${amount} ${link}`;
}

function difference(name: PolicyName, other: PolicyName, facts: Facts): [amount: string, link: 'than' | 'as'] {
  const saved = saving(name, other, facts);
  if (Math.abs(saved) < SAME_COST) return ['as much', 'as'];
  if (1 - saved >= DOUBLE) return [`${times(name, other, facts)} times as much`, 'as'];
  return [`${percent(Math.abs(saved))} ${saved > 0 ? 'less' : 'more'}`, 'than'];
}

/** By how many times the bill is the other's: "2.2". */
export function times(name: PolicyName, other: PolicyName, facts: Facts): string {
  const ratio = 1 - saving(name, other, facts);
  return thousands(Number(ratio.toFixed(ratio < 10 ? 1 : 0)));
}

/** "120 pod starts a day". */
export function podStarts(name: PolicyName, facts: Facts): string {
  const starts = startsADay(name, facts);
  return `${starts} pod ${starts === '1' ? 'start' : 'starts'} a day`;
}

export function startsADay(name: PolicyName, facts: Facts): string {
  return thousands(Math.round(figures(name, facts).startsPerDay));
}

/** What changes with a change, in numbers: the bill, the service, the starts. */
export function instead(to: PolicyName, from: PolicyName, facts: Facts): string {
  const theirs = figures(from, facts);
  return [
    `${sums(to, from, facts)} (${difference(to, from, facts)[0]})`,
    `${served(to, facts)} instead of ${servedPercent(theirs.unmetBp, facts.unmetTargetBp)} (SLO ${sloPercent(facts.unmetTargetBp)})`,
    `${podStarts(to, facts)} instead of ${startsADay(from, facts)}`,
  ].join(', ');
}

/** "USD 6.22 a day instead of USD 8.08", with more digits where a real difference would not be seen. */
function sums(to: PolicyName, from: PolicyName, facts: Facts): string {
  const [ours, theirs] = [aDay(to, facts), aDay(from, facts)];
  if (ours !== theirs || Math.abs(saving(to, from, facts)) < SAME_COST) return `${ours} a day instead of ${theirs}`;
  const { policies, currency } = facts.money;
  const precise = (name: PolicyName) => `${currency} ${policies[name]!.perDay.toPrecision(4)}`;
  return `${precise(to)} a day instead of ${precise(from)}`;
}

function figures(name: PolicyName, { policies }: Facts): PolicyFigures {
  return policies[name]!;
}
