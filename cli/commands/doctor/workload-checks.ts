import { ALLOW_TAKE_OVER } from '../../../actuator/targets/hpa-index.ts';
import { type AddonConfig, resourceOf } from '../../../addon/config/config.ts';
import { policyLimits } from '../../../addon/config/policy-limits.ts';
import type { PrometheusHttp } from '../../../collector/prometheus/answer.ts';
import { InputError } from '../../../core/errors.ts';
import { ownAnnotations } from '../../../core/policy/annotations.ts';
import { parsePolicy, templateHint } from '../../../core/policy/parse-policy.ts';
import type { PolicyError, WorkloadPolicy } from '../../../core/policy/policy.ts';
import { type WorkloadRef, workloadKey } from '../../../core/workload.ts';
import { httpStatusOf, type KubernetesApi, type MetadataObject } from '../../../kubernetes/api.ts';
import { resourcePath } from '../../../kubernetes/resource-path.ts';
import type { NamedWorkload } from '../explain/explain.ts';
import { SHORT_KINDS } from '../explain/explain.ts';
import { type Finding, failed, fixOf, ok, said, TRY_AGAIN, warning } from './finding.ts';
import { checkMetric } from './prometheus-checks.ts';

interface Hpa extends MetadataObject {
  readonly spec: { readonly scaleTargetRef: { readonly kind: string; readonly name: string } };
}

/** Everything that keeps one workload from being scaled. */
export async function checkWorkload(
  api: KubernetesApi,
  config: AddonConfig,
  wanted: NamedWorkload,
  prometheus: PrometheusHttp | undefined,
): Promise<Finding[]> {
  const found = await findWorkload(api, config, wanted);
  if (!('ref' in found)) return [found];
  const { ref, object } = found;
  const opted = await optedOf(api, config, ref, object);
  if ('finding' in opted) return opted.finding;
  const { policy } = opted;
  const metrics = prometheus
    ? await Promise.all(policy.metrics.map(({ metric }) => checkMetric(prometheus, config, ref, metric)))
    : [];
  return [
    ok(`${workloadKey(ref)} has opted in, mode ${policy.mode}, ${policy.minReplicas} to ${policy.maxReplicas} pods`),
    ...(policy.mode === 'observe'
      ? [warning('mode observe changes nothing', 'annotate prescale.dev/mode=auto when its decisions are right')]
      : []),
    ...(policy.paused === 'no'
      ? []
      : [warning(`it is paused (${policy.paused})`, 'remove the annotation prescale.dev/paused')]),
    ...metrics,
    await checkHpa(api, config, ref, policy),
  ];
}

/** The workload in full, where its kind is one that is looked after and its namespace is given. */
export function knownWorkload(config: AddonConfig, wanted: NamedWorkload): WorkloadRef | undefined {
  const kind = knownKind(config, wanted);
  const { namespace, name } = wanted;
  if (kind === undefined || namespace === undefined) return undefined;
  return { apiVersion: kind.apiVersion, kind: kind.kind, namespace, name };
}

function knownKind(config: AddonConfig, wanted: NamedWorkload): AddonConfig['kinds'][number] | undefined {
  const kind = wanted.kind?.toLowerCase().replace(/s$/, '') ?? 'deployment';
  const long = SHORT_KINDS[wanted.kind?.toLowerCase() ?? ''] ?? kind;
  return config.kinds.find((one) => one.kind.toLowerCase() === long);
}

type Found = { readonly ref: WorkloadRef; readonly object: MetadataObject };

async function findWorkload(api: KubernetesApi, config: AddonConfig, wanted: NamedWorkload): Promise<Found | Finding> {
  const { namespace, name } = wanted;
  if (namespace === undefined) throw new InputError(`${name}: which namespace? Give namespace/Kind/name, or -n`);
  const known = knownKind(config, wanted);
  if (known === undefined) {
    const kinds = config.kinds.map((one) => one.kind).join(', ');
    return failed(`the kind ${wanted.kind} is not looked after`, `expected one of ${kinds}; config.kinds adds others`);
  }
  if (config.namespaces.length > 0 && !config.namespaces.includes(namespace)) {
    return failed(
      `the namespace ${namespace} is not looked after`,
      `add it to config.namespaces: ${config.namespaces.join(', ')}`,
    );
  }
  const ref = { apiVersion: known.apiVersion, kind: known.kind, namespace, name };
  const path = resourcePath(known.apiVersion, resourceOf(known), namespace, name);
  try {
    return { ref, object: await api.get<MetadataObject>(path, {}, { metadataOnly: true }) };
  } catch (error) {
    const there = `kubectl get ${resourceOf(known)} -n ${namespace} shows what there is`;
    const fix =
      httpStatusOf(error) === 404
        ? there
        : fixOf(error, `grant get on ${resourceOf(known)} in ${namespace}`, TRY_AGAIN);
    return failed(`${workloadKey(ref)} can't be read: ${said(error)}`, fix);
  }
}

async function optedOf(
  api: KubernetesApi,
  config: AddonConfig,
  ref: WorkloadRef,
  object: MetadataObject,
): Promise<{ readonly policy: WorkloadPolicy } | { readonly finding: Finding[] }> {
  let labels: Readonly<Record<string, string>> | undefined;
  try {
    const path = resourcePath('v1', 'namespaces', undefined, ref.namespace);
    labels = (await api.get<MetadataObject>(path, {}, { metadataOnly: true })).metadata.labels;
  } catch (error) {
    const fix = fixOf(error, `grant get on namespaces named ${ref.namespace}`, TRY_AGAIN);
    return { finding: [failed(`the labels of the namespace ${ref.namespace} can't be read: ${said(error)}`, fix)] };
  }
  const opted = parsePolicy(labels ?? {}, object.metadata.annotations ?? {}, policyLimits(config));
  if (opted.kind === 'in') return { policy: opted.policy };
  if (opted.kind === 'out') {
    const fix = `kubectl annotate ${ref.kind.toLowerCase()} ${ref.name} -n ${ref.namespace} prescale.dev/enabled=true`;
    const hints = [...(opted.hints ?? []), ...(await templateHints(api, config, ref))];
    const why = hints.map(({ annotation, message }) => `; ${annotation}: ${message}`).join('');
    return { finding: [failed(`${workloadKey(ref)} has not opted in${why}`, fix)] };
  }
  const finding = opted.errors.map(({ annotation, message }) =>
    failed(`${workloadKey(ref)} is left alone: ${annotation}: ${message}`, `correct the annotation ${annotation}`),
  );
  return { finding };
}

interface Templated {
  readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } } };
}

/** Annotations that were put on the pod template, where they have no effect. */
async function templateHints(api: KubernetesApi, config: AddonConfig, ref: WorkloadRef): Promise<PolicyError[]> {
  const resource = resourceOf(config.kinds.find((one) => one.kind === ref.kind)!);
  const path = resourcePath(ref.apiVersion, resource, ref.namespace, ref.name);
  const { spec } = await api.get<Templated>(path);
  const names = ownAnnotations(spec?.template?.metadata?.annotations).map(([name]) => name);
  return names.length === 0 ? [] : [templateHint(names)];
}

/** An HPA on the same object: taken over where it is named, a conflict where it is not. */
async function checkHpa(
  api: KubernetesApi,
  config: AddonConfig,
  ref: WorkloadRef,
  { takeOverHpa }: WorkloadPolicy,
): Promise<Finding> {
  const path = resourcePath('autoscaling/v2', 'horizontalpodautoscalers', ref.namespace);
  let items: readonly Hpa[];
  try {
    items = (await api.get<{ readonly items: readonly Hpa[] }>(path)).items;
  } catch (error) {
    const fix = fixOf(error, `grant list on horizontalpodautoscalers.autoscaling in ${ref.namespace}`, TRY_AGAIN);
    return failed(`HPAs can't be listed: ${said(error)}`, fix);
  }
  const owners = items
    .filter(({ spec }) => spec.scaleTargetRef.kind === ref.kind && spec.scaleTargetRef.name === ref.name)
    .map(({ metadata }) => metadata.name);
  const names = owners.join(', ');
  if (takeOverHpa === undefined) {
    if (owners.length === 0) return ok('no HPA owns it: its replicas are set directly');
    const allow = config.takeOverHpa.enabled ? '' : ` and ${ALLOW_TAKE_OVER}`;
    const fix = `annotate prescale.dev/take-over-hpa=${owners[0]}${allow} so that its minReplicas is raised, or delete the HPA`;
    return failed(`the HPA ${names} already scales it`, fix);
  }
  if (!owners.includes(takeOverHpa)) {
    const fix =
      owners.length === 0 ? 'remove the annotation prescale.dev/take-over-hpa' : `name the one that does: ${names}`;
    return failed(`the HPA ${takeOverHpa} that it names does not scale it`, fix);
  }
  if (config.takeOverHpa.enabled)
    return ok(`the HPA ${takeOverHpa} scales it; its minReplicas is raised ahead of the load`);
  return failed(`the HPA ${takeOverHpa} may not be taken over`, ALLOW_TAKE_OVER);
}
