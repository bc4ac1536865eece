import { type AddonConfig, resourceOf } from '../../../addon/config/config.ts';
import { nodeClassOfLabels } from '../../../collector/pods/node-class.ts';
import { chunks } from '../../../core/concurrency/chunks.ts';
import { httpStatusOf, type KubernetesApi } from '../../../kubernetes/api.ts';
import { metadataList } from '../../../kubernetes/metadata-list.ts';
import {
  type AskedRight,
  askedRights,
  collectorRights,
  type NeededRight,
  neededRights,
} from '../../../kubernetes/needed-rights.ts';
import { type Finding, failed, fixOf, ok, said, TRY_AGAIN, warning } from './finding.ts';
import { actingRole, type Installed, type Role } from './release.ts';

/** Whose rights are asked about: one's own, or those of a ServiceAccount. */
export interface Subject {
  readonly serviceAccount: { readonly namespace: string; readonly name: string } | undefined;
  /** Prescale's own namespace. */
  readonly ownNamespace: string;
}

/** Kubernetes keeps pods/resize, sidecars and what else we read stable since then; older ones are out of support. */
const LEAST_MINOR = 27;
const ASKED_AT_ONCE = 8;

/** The API server answers, and is not too old. Nothing else is worth a look where it does not. */
export async function checkApi(api: KubernetesApi): Promise<Finding> {
  try {
    const { gitVersion = 'unknown', minor = '' } = await api.get<{ gitVersion?: string; minor?: string }>('/version');
    const what = `API server ${api.server} answers, version ${gitVersion}`;
    if (!(Number.parseInt(minor, 10) < LEAST_MINOR)) return ok(what);
    return warning(what, `prescale is tested with Kubernetes 1.${LEAST_MINOR} and newer`);
  } catch (error) {
    const status = httpStatusOf(error);
    const fix =
      status === 401
        ? 'the credentials are not accepted: log in again, or choose another --context'
        : status === 403
          ? fixOf(error, 'grant get on the path /version (system:public-info-viewer has it)', TRY_AGAIN)
          : 'check the address in the kubeconfig, the network, and in a pod the egress NetworkPolicy';
    return failed(`API server ${api.server} does not answer: ${said(error)}`, fix);
  }
}

/**
 * Each right of the one list that the chart's roles are tested against, one line where none is missing: of the account that is named, else
 * of the accounts that the release's processes have, else of whoever asks, where that is whom the addon runs as. A person's rights are no
 * one else's: what a person may not look at can't be checked, and that is all that is said.
 * @param asItself whoever asks has the addon's rights: in its pod, or with a configuration that is tried out
 */
export async function checkRightsOf(
  api: KubernetesApi,
  config: AddonConfig,
  subject: Subject,
  installed: Installed | undefined,
  asItself: boolean,
): Promise<Finding[]> {
  const { ownNamespace } = subject;
  const rights = rightsToAsk(config, ownNamespace);
  const roles = installed?.roles ?? [];
  const acting = actingRole(roles);
  if (subject.serviceAccount !== undefined || (acting === undefined && asItself)) {
    return checkAsked(api, rights, subject);
  }
  if (acting === undefined) return [unknownAccount(installed)];
  const of = ({ account }: Role) => ({ serviceAccount: { namespace: ownNamespace, name: account }, ownNamespace });
  if (!(await mayReview(api, subject))) {
    const { right } = REVIEW;
    const who = await whoAsks(api);
    const what = `${who.name} may not ${right.verb} ${right.resource}.${right.group}, so the rights of ServiceAccount ${ownNamespace}/${acting.account} can't be checked`;
    const fix = 'grant that, or run helm test, which asks as that account';
    return [warning(what, fix), ...(asItself ? await checkAsked(api, rights, subject) : [])];
  }
  const collector = roles.find(({ component }) => component === 'collector');
  return [
    ...(await checkAsked(api, rights, of(acting))),
    ...(collector ? await checkAsked(api, collectorRightsToAsk(config, ownNamespace), of(collector)) : []),
  ];
}

function unknownAccount(installed: Installed | undefined): Finding {
  if (installed === undefined) {
    const fix =
      "--as-service-account namespace/name checks an account's rights; with --config and without it, your own";
    return warning("no release was found, so no account's rights were checked", fix);
  }
  const { namespace, instance } = installed.release;
  return warning(
    `the Deployments of the release ${instance} were not found in ${namespace}, so the rights of its account can't be checked`,
    `grant list on deployments.apps in ${namespace}, or say --as-service-account namespace/name`,
  );
}

/** Who is asked about, as findings name it, and what is said of what it lacks. */
interface Asking {
  readonly name: string;
  readonly whose: 'its' | 'your';
  readonly fix: string;
}

const OF_CHART = 'the chart grants all of them: helm upgrade';

function accountAsking({ namespace, name }: NonNullable<Subject['serviceAccount']>): Asking {
  return { name: `ServiceAccount ${namespace}/${name}`, whose: 'its', fix: OF_CHART };
}

/** Of an API server that does not say who asks, just "you". */
async function whoAsks(api: KubernetesApi): Promise<Asking> {
  const you = (name: string): Asking => ({
    name,
    whose: 'your',
    fix: "these are your rights, not the addon's: --as-service-account namespace/name checks those of an account",
  });
  try {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const answer = await api.post<{ status?: { userInfo?: { username?: string } } }>(path, body);
    const user = answer.status?.userInfo?.username;
    const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user ?? '') ?? [];
    if (namespace !== undefined && name !== undefined) return accountAsking({ namespace, name });
    return you(user === undefined ? 'you' : `you (${user})`);
  } catch {
    return you('you');
  }
}

const REVIEW: AskedRight = {
  right: {
    verb: 'create',
    group: 'authorization.k8s.io',
    resource: 'subjectaccessreviews',
    scope: 'cluster',
    when: 'always',
    why: 'ask about the rights of another account',
  },
  namespace: undefined,
  name: undefined,
};

/** Where that can't be asked, it is seen with the first right. */
async function mayReview(api: KubernetesApi, subject: Subject): Promise<boolean> {
  try {
    return await allowed(api, REVIEW, subject);
  } catch {
    return true;
  }
}

/** What the process that acts needs with this configuration, and where: what the chart's roles grant its ServiceAccount. */
export function rightsToAsk(config: AddonConfig, ownNamespace: string): AskedRight[] {
  return askedFor(config, ownNamespace, (all) => all);
}

/** The same of a collector in a process of its own. */
export function collectorRightsToAsk(config: AddonConfig, ownNamespace: string): AskedRight[] {
  return askedFor(config, ownNamespace, collectorRights);
}

function askedFor(
  config: AddonConfig,
  ownNamespace: string,
  some: (all: readonly NeededRight[]) => readonly NeededRight[],
): AskedRight[] {
  const { namespaces, leaderElection, prometheus } = config;
  const kinds = config.kinds.map((kind) => ({ group: groupOf(kind.apiVersion), resource: resourceOf(kind) }));
  const discoveryNamespaces = prometheus.discovery.namespaces;
  const leaseNamespace = leaderElection.namespace ?? ownNamespace;
  const places = { namespaces, discoveryNamespaces, ownNamespace, leaseNamespace };
  return some(neededRights(kinds, leaderElection.lease))
    .filter((right) => applies(right, config))
    .flatMap((right) => askedRights(right, places));
}

/** Asks for each; one line where none is missing. */
export async function checkAsked(
  api: KubernetesApi,
  asked: readonly AskedRight[],
  subject: Subject,
): Promise<Finding[]> {
  const who = subject.serviceAccount ? accountAsking(subject.serviceAccount) : await whoAsks(api);
  const findings: Finding[] = [];
  let granted = 0;
  for (const some of chunks(asked, ASKED_AT_ONCE)) {
    const answers = await Promise.allSettled(some.map((one) => allowed(api, one, subject)));
    for (const [i, answer] of answers.entries()) {
      if (answer.status === 'rejected') {
        return [failed(`rights can't be asked about: ${said(answer.reason)}`, ACCESS_REVIEW_FIX)];
      }
      if (answer.value) granted++;
      else findings.push(missingRight(some[i]!, who));
    }
  }
  const summary = `${who.name} may do ${granted} of the ${asked.length} things that prescale needs`;
  return findings.length === 0 ? [ok(summary)] : [...findings, failed(summary, who.fix)];
}

const ACCESS_REVIEW_FIX =
  'everybody may create selfsubjectaccessreviews by default (system:basic-user); for another account create on ' +
  'subjectaccessreviews is needed';

function missingRight({ right, namespace, name }: AskedRight, who: Asking): Finding {
  const { verb, group, resource, subresource, why } = right;
  const object = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`;
  const which = name === undefined ? '' : ` ${name}`;
  const where =
    namespace !== undefined ? `in ${namespace}` : name === undefined ? 'in the whole cluster' : 'by its name';
  const role = namespace === undefined ? 'ClusterRole' : `Role in ${namespace}`;
  const named = name === undefined ? '' : `, resourceNames ["${name}"]`;
  const rule = `apiGroups ["${group}"], resources ["${resource}${subresource === undefined ? '' : `/${subresource}`}"]${named}, verbs ["${verb}"]`;
  const what = `${who.name} may not ${verb} ${object}${which} ${where}, needed to ${why}`;
  return failed(what, `add to ${who.whose} ${role}: ${rule}`);
}

async function allowed(
  api: KubernetesApi,
  { right: { verb, group, resource, subresource }, namespace, name }: AskedRight,
  { serviceAccount }: Subject,
): Promise<boolean> {
  const resourceAttributes = { verb, group, resource, subresource, name, namespace };
  const path = '/apis/authorization.k8s.io/v1';
  const review = serviceAccount
    ? { kind: 'SubjectAccessReview', user: `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}` }
    : { kind: 'SelfSubjectAccessReview' };
  const { kind, ...user } = review;
  const groups = serviceAccount ? { groups: serviceAccountGroups(serviceAccount.namespace) } : {};
  const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec: { ...user, ...groups, resourceAttributes } };
  const answer = await api.post<{ status?: { allowed?: boolean } }>(`${path}/${kind.toLowerCase()}s`, body);
  return answer.status?.allowed === true;
}

/** The groups that the API server gives every ServiceAccount. */
function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}

function applies({ when }: NeededRight, config: AddonConfig): boolean {
  switch (when) {
    case 'always':
      return true;
    case 'take-over-hpa':
      return config.takeOverHpa.enabled;
    case 'deletion-cost':
      return config.deletionCost.enabled;
    case 'discovery':
      return config.prometheus.url === undefined;
    case 'resource-metrics':
      return config.resourceMetrics.enabled !== false;
    case 'leader-election':
      return config.leaderElection.enabled;
  }
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
}

/** metrics.k8s.io, which serves where there is no Prometheus. */
export async function checkResourceMetrics(api: KubernetesApi, config: AddonConfig): Promise<Finding> {
  if (config.resourceMetrics.enabled === false)
    return ok('metrics.k8s.io is not used (resourceMetrics.enabled: false)');
  try {
    await api.get('/apis/metrics.k8s.io/v1beta1');
    return ok('metrics.k8s.io answers: CPU and memory can be read without Prometheus');
  } catch (error) {
    const fix =
      httpStatusOf(error) === 403
        ? fixOf(error, 'grant get on the path /apis/metrics.k8s.io/v1beta1 (system:discovery has it)', TRY_AGAIN)
        : 'install metrics-server (kubectl get apiservice v1beta1.metrics.k8s.io says more), or rely on Prometheus';
    return warning(`metrics.k8s.io does not answer: ${said(error)}`, fix);
  }
}

/** Virtual nodes; that there are none is no fault. */
export async function checkNodes(api: KubernetesApi): Promise<Finding> {
  try {
    const items = await metadataList(api, '/api/v1/nodes');
    const virtual = items.filter(({ metadata }) => nodeClassOfLabels(metadata.labels) === 'virtual').length;
    return ok(`${virtual} of ${items.length} nodes are virtual; start-up latency is learned for each class on its own`);
  } catch (error) {
    const fix = fixOf(
      error,
      'grant list on nodes; without it the addon tells virtual nodes by their names only',
      TRY_AGAIN,
    );
    return warning(`nodes can't be listed: ${said(error)}`, fix);
  }
}
