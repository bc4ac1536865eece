import type { Path } from '../kubernetes/manifests/manifest-documents.ts';
import type { Draft, Target } from './draft.ts';

/** What is scaled: a reference with apiVersion, kind and name. */
export function readTarget(draft: Draft, at: Path, byDefault: Partial<Target> = {}): void {
  const name = draft.text([...at, 'name']);
  if (name === undefined) {
    draft.drop(at, 'found no name; expected the workload that is scaled');
    return;
  }
  const kind = draft.text([...at, 'kind']) ?? byDefault.kind ?? 'Deployment';
  const group = draft.text([...at, 'apiVersion']) ?? byDefault.apiVersion ?? 'apps/v1';
  draft.target = {
    // Deployments left these two long ago; manifests still name them.
    apiVersion: /^(?:apps\/v1beta[12]|extensions\/v1beta1)$/.test(group) ? 'apps/v1' : group,
    kind: kind === 'Statefulset' ? 'StatefulSet' : kind,
    name,
    namespace: draft.text(['metadata', 'namespace']),
  };
  draft.use(['apiVersion'], ['kind'], ['metadata', 'name'], ['metadata', 'namespace']);
  draft.use([...at, 'name'], [...at, 'kind'], [...at, 'apiVersion']);
}

/** `min-replicas` and `max-replicas`. */
export function readReplicas(draft: Draft, min: Path, max: Path): void {
  const least = draft.whole(min);
  if (least !== undefined) draft.annotate('min-replicas', String(least), [min]);
  const most = draft.whole(max);
  if (most !== undefined) draft.annotate('max-replicas', String(most), [max]);
}
