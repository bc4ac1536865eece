import { formatSeconds, parseSeconds } from '../quantity.ts';
import { nearest } from '../text/did-you-mean.ts';
import { AnnotationReader, complaint, wordComplaint } from './annotation-reader.ts';
import { ANNOTATION_PREFIX, ANNOTATION_SPECS, annotation, ownAnnotations } from './annotations.ts';
import { type BoundsLimits, parseBounds, type WhyNotZero } from './parse-bounds.ts';
import { readCalendar } from './parse-calendar.ts';
import { parseMetrics } from './parse-metrics.ts';
import type { MetricTarget, Mode, Opted, Paused, PolicyError, PolicyLimits, WorkloadPolicy } from './policy.ts';

const MODES: readonly Mode[] = ['observe', 'auto', 'predictive', 'reactive'];
const BOOLEANS = ['true', 'false'] as const;
const PAUSED: Readonly<Record<string, Paused>> = {
  true: 'all',
  false: 'no',
  'scale-in': 'scale-in',
  'scale-out': 'scale-out',
};
const MOST_UNMET_BP = 1000;
const MOST_SECONDS = 3600;
/** Annotations that a hint names. */
const MOST_NAMED = 3;
const OBJECT_NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

type Texts = Readonly<Record<string, string>>;

/**
 * What a workload asked for, or all that is wrong with it at once. A namespace's label sets the default of `enabled` and
 * `mode`, the workload's annotation overrides, and an explicit "false" on either wins. Never throws.
 */
export function parsePolicy(namespaceLabels: Texts, annotations: Texts, limits: PolicyLimits): Opted {
  const own = annotations[annotation('enabled')]?.trim();
  const preset = namespaceLabels[annotation('enabled')];
  if (own === 'false' || preset === 'false') return { kind: 'out' };
  if (own === undefined && preset === undefined) return misspelt(annotations);

  const reader = new AnnotationReader(annotations);
  reader.word('enabled', BOOLEANS);
  namespaceWord(reader, 'enabled', preset, BOOLEANS);
  const presetMode = namespaceLabels[annotation('mode')];
  const mode = reader.has('mode') ? reader.word('mode', MODES) : namespaceWord(reader, 'mode', presetMode, MODES);
  const asked = reader.has('mode') || presetMode !== undefined;
  const policy = readPolicy(reader, mode ?? limits.defaultMode, limits);
  const errors = reader.errors();
  return errors.length > 0
    ? { kind: 'wrong', errors, mode: asked ? mode : limits.defaultMode }
    : { kind: 'in', policy };
}

/** Labels of a namespace that nobody reads, as a person may have meant something by them: only two have a meaning. */
export function unreadNamespaceLabels(namespaceLabels: Texts): PolicyError[] {
  const read = [...ANNOTATION_SPECS].filter(([, spec]) => spec.namespaceLabel === true).map(([name]) => name);
  return ownAnnotations(namespaceLabels)
    .filter(([name]) => !read.includes(name))
    .map(([name]) => ({ annotation: name, message: `is not read on a namespace; expected ${read.join(' or ')}` }));
}

/** `prescale.dev/enable: "true"` would otherwise be silence. */
function misspelt(annotations: Texts): Opted {
  const names = [...ANNOTATION_SPECS.keys()].map((name) => name.slice(ANNOTATION_PREFIX.length));
  const errors = ownAnnotations(annotations)
    .filter(
      ([name]) => !ANNOTATION_SPECS.has(name) && nearest(name.slice(ANNOTATION_PREFIX.length), names) === 'enabled',
    )
    .map(([name]) => ({
      annotation: name,
      message: `there is no such annotation; did you mean ${annotation('enabled')}?`,
    }));
  return errors.length > 0 ? { kind: 'wrong', errors } : withoutEnabled(annotations);
}

/** `prescale.dev/mode: auto` alone does nothing, and would do it in silence. */
function withoutEnabled(annotations: Texts): Opted {
  const names = ownAnnotations(annotations).map(([name]) => name);
  if (names.length === 0) return { kind: 'out' };
  const shown =
    names.length > MOST_NAMED ? [...names.slice(0, MOST_NAMED), `${names.length - MOST_NAMED} more`] : names;
  const have = names.length === 1 ? 'has' : 'have';
  const message = `found nothing, so ${listed(shown)} ${have} no effect; expected "true" on this object, or "false" to leave it alone`;
  return { kind: 'out', hints: [{ annotation: annotation('enabled'), message }] };
}

/**
 * Annotations that stand on a pod template, where nobody looks for them. @param names as they stand there
 * @returns what is said of them on the workload
 */
export function templateHint(names: readonly string[]): PolicyError {
  const message =
    'found on the pod template (spec.template.metadata.annotations), where it has no effect; expected on the object itself (metadata.annotations)';
  return { annotation: listed(names.slice(0, MOST_NAMED)), message };
}

/** `a`, `a and b`, `a, b and c`. */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function namespaceWord<Word extends string>(
  reader: AnnotationReader,
  name: 'enabled' | 'mode',
  value: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined) return undefined;
  const found = words.find((word) => word === value);
  return found ?? reader.wrong(name, `the namespace's label: ${wordComplaint(value, words)}`);
}

/** The policy with defaults where something is missing or wrong: of use only where the reader has no errors. */
function readPolicy(reader: AnnotationReader, mode: Mode, limits: PolicyLimits): WorkloadPolicy {
  const metrics = parseMetrics(reader, limits);
  const takeOverHpa = readHpa(reader);
  const whyNotZero = zeroProblem(metrics, takeOverHpa);
  const { minReplicas, maxReplicas } = readReplicas(reader, limits, whyNotZero);
  const calendarNames = readCalendar(reader, limits);
  return {
    mode,
    metrics,
    minReplicas,
    maxReplicas,
    unmetTargetBp: readUnmetTarget(reader) ?? limits.defaultUnmetTargetBp,
    scaleUpAhead: readSeconds(reader, 'scale-up-ahead', 1),
    stabilization: readSeconds(reader, 'stabilization', 0),
    startCost: readSeconds(reader, 'start-cost', 0),
    bounds: readBounds(reader, { minReplicas, maxReplicas, cap: limits.maxReplicas, whyNotZero }),
    paused: PAUSED[reader.word('paused', Object.keys(PAUSED)) ?? 'false']!,
    takeOverHpa,
    ...(calendarNames && { calendarNames }),
  };
}

/** Why nothing could bring the workload back from zero; undefined: something can, or the metrics are not known. */
function zeroProblem(metrics: readonly MetricTarget[], takeOverHpa: string | undefined): WhyNotZero | undefined {
  if (takeOverHpa !== undefined) return { reason: "an HPA's minReplicas is 1 or more", maySwitchOff: false };
  if (metrics.length === 0 || metrics.some(({ metric }) => metric.kind !== 'resource')) return undefined;
  const reason = 'without pods there is no cpu, memory or gpu use to measure, so nothing would bring them back';
  return { reason, maySwitchOff: true };
}

function readReplicas(
  reader: AnnotationReader,
  limits: PolicyLimits,
  whyNotZero: WhyNotZero | undefined,
): { minReplicas: number; maxReplicas: number } {
  const cap = limits.maxReplicas;
  const max = readCount(reader, 'max-replicas', 1, cap);
  const min = readCount(reader, 'min-replicas', 0, cap);
  if (min !== undefined && max !== undefined && min > max) {
    reader.wrong('min-replicas', complaint(String(min), `at most max-replicas, which is ${max}`));
  }
  if (min === 0 && whyNotZero !== undefined) {
    reader.wrong('min-replicas', `found "0"; ${whyNotZero.reason}; expected at least 1`);
  }
  return { minReplicas: Math.min(min ?? 1, cap), maxReplicas: max ?? cap };
}

function readCount(
  reader: AnnotationReader,
  name: 'min-replicas' | 'max-replicas',
  least: number,
  cap: number,
): number | undefined {
  const text = reader.value(name);
  if (text === undefined) return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least)) return reader.wrong(name, complaint(text, `a whole number from ${least} to ${cap}`));
  if (count > cap) return reader.wrong(name, complaint(text, `at most ${cap}, the administrator's cap`));
  return count;
}

/** `2bp`, `0.02%` → basis points. A plain number is refused: it could be either, or a fraction. */
function readUnmetTarget(reader: AnnotationReader): number | undefined {
  const text = reader.value('unmet-target');
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)\s?(bp|%)$/.exec(text);
  // Rounded so that 0.02% and 2bp are the same to the last digit.
  const bp = match === null ? Number.NaN : Math.round(Number(match[1]) * (match[2] === '%' ? 100 : 1) * 1e6) / 1e6;
  if (bp > 0 && bp <= MOST_UNMET_BP) return bp;
  return reader.wrong('unmet-target', complaint(text, 'a share above 0 and up to 10 % such as 2bp or 0.02%'));
}

function readSeconds(
  reader: AnnotationReader,
  name: 'scale-up-ahead' | 'stabilization' | 'start-cost',
  least: number,
): 'auto' | number {
  const text = reader.value(name);
  if (text === undefined || text === 'auto') return 'auto';
  const seconds = parseSeconds(text);
  if (seconds !== undefined && seconds >= least && seconds <= MOST_SECONDS) return seconds;
  const range = `${formatSeconds(least)} to ${formatSeconds(MOST_SECONDS)}`;
  reader.wrong(name, complaint(text, `auto, or a duration from ${range} such as 180s or 5m`));
  return 'auto';
}

function readBounds(reader: AnnotationReader, limits: BoundsLimits): WorkloadPolicy['bounds'] {
  const text = reader.value('bounds');
  if (text === undefined) return [];
  const { rules, errors } = parseBounds(text, limits);
  for (const error of errors) reader.wrong('bounds', error);
  return rules;
}

function readHpa(reader: AnnotationReader): string | undefined {
  const name = reader.value('take-over-hpa');
  if (name === undefined || OBJECT_NAME.test(name)) return name;
  return reader.wrong('take-over-hpa', complaint(name, 'the name of an HPA in the same namespace, such as web'));
}
