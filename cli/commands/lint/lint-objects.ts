import { complaint } from '../../../core/policy/annotation-reader.ts';
import {
  ANNOTATION_PREFIX,
  annotation,
  isWritten,
  MOST_METRICS,
  ownAnnotations,
} from '../../../core/policy/annotations.ts';
import { parsePolicy, unreadNamespaceLabels } from '../../../core/policy/parse-policy.ts';
import type { PolicyLimits } from '../../../core/policy/policy.ts';
import { nearest } from '../../../core/text/did-you-mean.ts';
import { isRecord, type ManifestObject, type Path, valueAt } from '../../../kubernetes/manifests/manifest-documents.ts';
import { findingAt, type LintFinding } from './finding.ts';
import { type Kind, mayBeScaled, withoutEffect } from './kinds.ts';
import { rivalsOf } from './other-autoscalers.ts';

export interface LintSettings {
  /** Kinds that the addon looks after. */
  readonly kinds: readonly Kind[];
  /** What the administrator allows; undefined: not known, and not checked. */
  readonly limits: PolicyLimits | undefined;
}

export interface LintResult {
  readonly findings: readonly LintFinding[];
  /** Objects that were looked at. */
  readonly objects: number;
  /** Workloads that opt in, as far as the manifests tell. */
  readonly optedIn: number;
}

type Texts = Readonly<Record<string, string>>;

const ANNOTATIONS_AT: Path = ['metadata', 'annotations'];
const LABELS_AT: Path = ['metadata', 'labels'];
const TEMPLATES: readonly Path[] = [
  ['spec', 'template', 'metadata'],
  ['spec', 'jobTemplate', 'spec', 'template', 'metadata'],
];
const RESOURCES = ['cpu', 'memory', 'gpu'];
/** As many pods as no cluster has: where the cap is not known. */
const ANY_REPLICAS = 100_000;
const EVERY_ERROR = 10_000;
/** How the validator begins what it says of a namespace's label. */
const OF_NAMESPACE = "the namespace's label: ";

/** What is wrong, and what would have no effect, in the order of the objects. Never throws. */
export function lintObjects(objects: readonly ManifestObject[], settings: LintSettings): LintResult {
  const namespaces = new Map<string, Texts>();
  for (const { content } of objects) {
    if (content.kind === 'Namespace')
      namespaces.set(String(valueAt(content, ['metadata', 'name'])), textsAt(content, LABELS_AT));
  }
  const findings: LintFinding[] = [];
  let optedIn = 0;
  for (const object of objects) {
    const labels = namespaces.get(String(valueAt(object.content, ['metadata', 'namespace']))) ?? {};
    if (object.content.kind === 'Namespace') findings.push(...lintNamespace(object));
    else {
      const looked = lintWorkload(object, labels, settings);
      findings.push(...looked.findings);
      if (!looked.isIn) continue;
      optedIn++;
      findings.push(...rivalsOf(object, objects));
    }
  }
  return { findings, objects: objects.length, optedIn };
}

/** The texts of a map; what is no text is left out, as nobody reads it. */
function textsAt(content: unknown, path: Path): Texts {
  const map = valueAt(content, path);
  if (!isRecord(map)) return {};
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function lintNamespace(object: ManifestObject): LintFinding[] {
  const labels = textsAt(object.content, LABELS_AT);
  const at = (name: string): Path => [...LABELS_AT, name];
  const unread = unreadNamespaceLabels(labels).map(({ annotation: name, message }) =>
    findingAt(object, at(name), 'warning', message, name),
  );
  // An empty workload shows what its labels alone are worth; without `enabled` the others are of no effect.
  const opted = parsePolicy(
    { [annotation('enabled')]: 'true', ...withoutFalse(labels) },
    {},
    anyLimits({}),
    EVERY_ERROR,
  );
  const wrong =
    opted.kind !== 'wrong'
      ? []
      : opted.errors.map(({ annotation: name, message }) => findingAt(object, at(name), 'error', message, name));
  const annotated = ownAnnotations(textsAt(object.content, ANNOTATIONS_AT)).map(([name]) =>
    findingAt(
      object,
      [...ANNOTATIONS_AT, name],
      'warning',
      'is not read as an annotation of a namespace; expected a label',
      name,
    ),
  );
  return [...unread, ...wrong, ...annotated, ...notText(object, LABELS_AT)];
}

function withoutFalse(labels: Texts): Texts {
  const { [annotation('enabled')]: enabled, ...rest } = labels;
  return enabled === undefined || enabled === 'false' ? rest : labels;
}

function lintWorkload(
  object: ManifestObject,
  labels: Texts,
  { kinds, limits }: LintSettings,
): { findings: LintFinding[]; isIn: boolean } {
  const elsewhere = [...templateFindings(object), ...labelFindings(object)];
  const wrongType = notText(object, ANNOTATIONS_AT);
  const annotations = readableAnnotations(object);
  const own = ownAnnotations(annotations);
  if (own.length === 0) return { findings: [...elsewhere, ...wrongType, ...written(object)], isIn: false };
  const why = withoutEffect(object.content, kinds);
  const first = [...ANNOTATIONS_AT, own[0]![0]];
  const unwatched =
    why === undefined ? [] : [findingAt(object, first, 'warning', `${namesOf(own)} without effect: ${why}`)];
  if (!mayBeScaled(object.content)) return { findings: [...unwatched, ...wrongType, ...elsewhere], isIn: false };
  const checked = checkAnnotations(object, labels, annotations, limits ?? anyLimits(annotations));
  const doubts = limits === undefined ? doubtfulMetrics(object, annotations) : [];
  return {
    findings: [...unwatched, ...wrongType, ...checked.findings, ...doubts, ...written(object), ...elsewhere],
    isIn: checked.isIn && why === undefined,
  };
}

function namesOf(own: readonly (readonly [string, string])[]): string {
  const names = own.map(([name]) => name);
  return names.length === 1 ? `${names[0]} is` : `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''} are`;
}

/** All that the addon's own validator finds, whether or not the workload opts in here: the namespace may do it for it. */
function checkAnnotations(
  object: ManifestObject,
  labels: Texts,
  annotations: Texts,
  limits: PolicyLimits,
): { findings: LintFinding[]; isIn: boolean } {
  const enabled = annotation('enabled');
  const opted = parsePolicy(labels, annotations, limits, EVERY_ERROR);
  const at = (name: string): Path => [...ANNOTATIONS_AT, name];
  if (opted.kind !== 'out') {
    // What is wrong with a namespace is said once, there.
    const errors =
      opted.kind === 'wrong' ? opted.errors.filter(({ message }) => !message.startsWith(OF_NAMESPACE)) : [];
    return {
      findings: errors.map(({ annotation: name, message }) => findingAt(object, at(name), 'error', message, name)),
      isIn: opted.kind === 'in',
    };
  }
  const hints = (opted.hints ?? []).map(({ annotation: name, message }) =>
    findingAt(
      object,
      at(ownAnnotations(annotations)[0]![0]),
      'warning',
      `${message}, or as a label of the namespace`,
      name,
    ),
  );
  const isOff = annotations[enabled]?.trim() === 'false' || labels[enabled] === 'false';
  const behind = parsePolicy({}, { ...annotations, [enabled]: 'true' }, limits, EVERY_ERROR);
  const level = isOff ? 'warning' : 'error';
  const errors = behind.kind === 'wrong' ? behind.errors : [];
  return {
    findings: [
      ...hints,
      ...errors.map(({ annotation: name, message }) => findingAt(object, at(name), level, message, name)),
    ],
    isIn: false,
  };
}

/** Annotations as the validator reads them: those that are no text, as the text that was probably meant. */
function readableAnnotations(object: ManifestObject): Texts {
  const map = valueAt(object.content, ANNOTATIONS_AT);
  if (!isRecord(map)) return {};
  const own = Object.entries(map).filter(([name]) => name.startsWith(ANNOTATION_PREFIX));
  return Object.fromEntries(
    own.flatMap(([name, value]) => (value === null || typeof value === 'object' ? [] : [[name, String(value)]])),
  );
}

/** `min-replicas: 2`: Kubernetes refuses the whole object, and says little more than that. */
function notText(object: ManifestObject, at: Path): LintFinding[] {
  const map = valueAt(object.content, at);
  if (!isRecord(map)) return [];
  return Object.entries(map).flatMap(([name, value]) => {
    if (!name.startsWith(ANNOTATION_PREFIX) || typeof value === 'string') return [];
    const right =
      value === null || typeof value === 'object' ? 'a text in quotes' : `a text in quotes, "${String(value)}"`;
    const message = `${complaint(value === null ? undefined : value, right)}: Kubernetes refuses the object as it is`;
    return [findingAt(object, [...at, name], 'error', message, name)];
  });
}

function templateFindings(object: ManifestObject): LintFinding[] {
  return TEMPLATES.flatMap((template) =>
    (['annotations', 'labels'] as const).flatMap((where) => {
      const at: Path = [...template, where];
      const map = valueAt(object.content, at);
      const names = isRecord(map)
        ? Object.keys(map).filter((name) => name.startsWith(ANNOTATION_PREFIX) && !isWritten(name))
        : [];
      return names.map((name) => {
        const message = `on the pod template, where it has no effect; expected it in metadata.annotations of the ${String(object.content.kind)}`;
        return findingAt(object, [...at, name], 'warning', message, name);
      });
    }),
  );
}

function labelFindings(object: ManifestObject): LintFinding[] {
  const labels = valueAt(object.content, LABELS_AT);
  const names = isRecord(labels) ? Object.keys(labels).filter((name) => name.startsWith(ANNOTATION_PREFIX)) : [];
  return names.map((name) =>
    findingAt(
      object,
      [...LABELS_AT, name],
      'warning',
      'a label, where it has no effect; expected it in metadata.annotations',
      name,
    ),
  );
}

/** Exported with `kubectl get -o yaml`: Git would put back an old note each time. */
function written(object: ManifestObject): LintFinding[] {
  const map = valueAt(object.content, ANNOTATIONS_AT);
  const names = isRecord(map) ? Object.keys(map).filter(isWritten) : [];
  return names.map((name) =>
    findingAt(
      object,
      [...ANNOTATIONS_AT, name],
      'warning',
      'Prescale writes it by itself; expected it left out of Git',
      name,
    ),
  );
}

/** The names of the administrator's templates are not known here. A name close to a resource's is taken for a typing error, not for a template. */
function doubtfulMetrics(object: ManifestObject, annotations: Texts): LintFinding[] {
  return metricNames(annotations).flatMap(({ index, name }) => {
    const meant = RESOURCES.includes(name) ? undefined : nearest(name, RESOURCES);
    if (meant === undefined) return [];
    const own = annotation('metric', index);
    const message = `found ${JSON.stringify(name)}, which would be a template of the administrator's; did you mean ${meant}?`;
    return [findingAt(object, [...ANNOTATIONS_AT, own], 'warning', message, own)];
  });
}

function metricNames(annotations: Texts): { index: number; name: string }[] {
  return Array.from({ length: MOST_METRICS }, (_, i) => i + 1).flatMap((index) => {
    const name = annotations[annotation('metric', index)]?.trim();
    return name === undefined ? [] : [{ index, name }];
  });
}

/** Limits for manifests that are checked without the addon's configuration: every template, argument and raw query in them is allowed. */
function anyLimits(annotations: Texts): PolicyLimits {
  const templates = new Map<string, { args: string[] }>();
  for (const { index, name } of metricNames(annotations)) {
    const args = (annotations[annotation('metric-args', index)] ?? '')
      .split(',')
      .map((pair) => pair.split('=')[0]!.trim());
    const known = templates.get(name)?.args ?? [];
    templates.set(name, { args: [...new Set([...known, ...args.filter((arg) => arg !== '')])] });
  }
  return {
    defaultMode: 'observe',
    defaultUnmetTargetBp: 1,
    maxReplicas: ANY_REPLICAS,
    allowRawQueries: true,
    templates: Object.fromEntries(templates),
    // Two letters would be a country; longer names may be calendars of the administrator's.
    calendars: [annotations[annotation('holidays')]?.trim() ?? ''].filter((name) => /^[a-z][a-z0-9-]{2,}$/.test(name)),
  };
}
