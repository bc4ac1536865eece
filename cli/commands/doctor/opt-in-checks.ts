import { type AddonConfig, resourceOf } from '../../../addon/config/config.ts';
import { annotation, ownAnnotations } from '../../../core/policy/annotations.ts';
import { workloadKey } from '../../../core/workload.ts';
import { httpStatusOf, type KubernetesApi, type MetadataObject } from '../../../kubernetes/api.ts';
import { metadataList } from '../../../kubernetes/metadata-list.ts';
import { type Finding, fixOf, ok, said, TRY_AGAIN, warning } from './finding.ts';

/** Kinds with a pod template that nobody scales by replicas, or whose owner is the one to annotate. */
const UNSCALED = [
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    resource: 'daemonsets',
    why: 'a DaemonSet has one pod a node, and no replicas',
  },
  { apiVersion: 'batch/v1', kind: 'Job', resource: 'jobs', why: 'a Job runs to its end, and has no replicas' },
  { apiVersion: 'batch/v1', kind: 'CronJob', resource: 'cronjobs', why: 'a CronJob has no replicas' },
] as const;
const OTHERS = [
  { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', resource: 'statefulsets' },
] as const;
const MOST_NAMED = 5;

/**
 * Annotations where the addon doesn't look: on kinds that it doesn't watch (it has no right to, and needs none), found with the rights
 * of whoever runs this. One line where there is none.
 */
export async function checkOptIns(api: KubernetesApi, config: AddonConfig): Promise<Finding[]> {
  const watched = config.kinds.map((kind) => `${kind.apiVersion} ${resourceOf(kind)}`);
  const unwatched = OTHERS.filter(({ apiVersion, resource }) => !watched.includes(`${apiVersion} ${resource}`)).map(
    (one) => ({
      ...one,
      why: `config.kinds does not name ${one.apiVersion} ${one.kind}`,
    }),
  );
  const kinds = [...UNSCALED, ...unwatched];
  const answers = await Promise.all(
    kinds.map(({ apiVersion, resource }) => annotated(api, `/apis/${apiVersion}/${resource}`)),
  );
  const findings: Finding[] = [];
  for (const [i, answer] of answers.entries()) {
    const { kind, resource, apiVersion, why } = kinds[i]!;
    if ('error' in answer) {
      // A server that doesn't have the kind has no mistakes of it either.
      if (httpStatusOf(answer.error) === 404) continue;
      const fix = fixOf(answer.error, `grant list on ${resource}`, TRY_AGAIN);
      findings.push(warning(`annotations on ${kind}s can't be looked for: ${said(answer.error)}`, fix));
      continue;
    }
    for (const { metadata } of answer.objects.slice(0, MOST_NAMED)) {
      const key = workloadKey({ apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name });
      const names = ownAnnotations(metadata.annotations).map(([name]) => name);
      const fix = `remove the annotations; ${annotation('enabled')} belongs on ${config.kinds.map((one) => one.kind).join(', ')}`;
      findings.push(warning(`${key} has ${names.join(', ')}, without effect: ${why}`, fix));
    }
    const rest = answer.objects.length - MOST_NAMED;
    if (rest > 0) findings.push(warning(`${rest} more ${kind}s are annotated without effect: ${why}`, 'see above'));
  }
  return findings.length === 0 ? [ok('no annotations of prescale on kinds that it does not scale')] : findings;
}

type Annotated = { readonly objects: readonly MetadataObject[] } | { readonly error: unknown };

async function annotated(api: KubernetesApi, path: string): Promise<Annotated> {
  try {
    const items = await metadataList(api, path);
    return { objects: items.filter(({ metadata }) => ownAnnotations(metadata.annotations).length > 0) };
  } catch (error) {
    return { error };
  }
}
