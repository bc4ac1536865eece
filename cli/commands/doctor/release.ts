import { existsSync } from 'node:fs';
import { parse } from 'yaml';
import { type AddonConfig, addonConfig } from '../../../addon/config/config.ts';
import { InputError } from '../../../core/errors.ts';
import { httpStatusOf, type KubernetesApi, type MetadataObject } from '../../../kubernetes/api.ts';
import { metadataList } from '../../../kubernetes/metadata-list.ts';
import { STATUS_CONFIG_MAP } from '../../../kubernetes/needed-rights.ts';
import { resourcePath } from '../../../kubernetes/resource-path.ts';
import { ofReleases } from '../../cluster/release-namespaces.ts';
import { type Finding, failed, fixOf, ok, said, TRY_AGAIN, warning } from './finding.ts';

/** The chart's own labels; nameOverride changes the first one's value. */
const NAME_LABEL = 'app.kubernetes.io/name=prescale';
const INSTANCE = 'app.kubernetes.io/instance';
const COMPONENT = 'app.kubernetes.io/component';
/** Where the chart mounts the configuration. */
const MOUNTED_CONFIG = '/etc/prescale/config/config.yaml';

/** One installation of the chart. */
export interface Release {
  readonly namespace: string;
  /** Its ConfigMap with config.yaml, which has the release's full name. */
  readonly configMap: string;
  /** As helm knows it. */
  readonly instance: string;
}

/** One Deployment of a release. */
export interface Role {
  readonly name: string;
  /** `addon`, `actuator`, `collector` or `forecaster`. */
  readonly component: string;
  readonly account: string;
  readonly wantedPods: number;
  readonly readyPods: number;
}

/** What is installed: its configuration and its processes. */
export interface Installed {
  readonly release: Release;
  readonly config: AddonConfig;
  /** Empty where Deployments may not be listed. */
  readonly roles: readonly Role[];
}

/** The release's configuration instead of defaults; undefined: there is none, or it can't be read. */
export interface FoundRelease {
  readonly installed: Installed | undefined;
  readonly findings: readonly Finding[];
}

interface ConfigMap extends MetadataObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface Deployment extends MetadataObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec?: { readonly serviceAccountName?: string };
    };
  };
  readonly status?: { readonly readyReplicas?: number };
}

/** The file that a pod of the chart has; undefined: this is none. */
export function mountedConfig(inside: boolean): string | undefined {
  return inside && existsSync(MOUNTED_CONFIG) ? MOUNTED_CONFIG : undefined;
}

/** `prescale` or `prescale/prescale`: a namespace, and the release's full name where there are several in it. */
export function parseRelease(text: string): { readonly namespace: string; readonly name: string | undefined } {
  const parts = /^([a-z0-9-]+)(?:\/([a-z0-9.-]+))?$/.exec(text);
  if (parts) return { namespace: parts[1]!, name: parts[2] };
  throw new InputError(`--release: found ${JSON.stringify(text)}; expected namespace or namespace/name`);
}

/**
 * The release that is meant, by the labels that the chart sets.
 * @param wanted as typed; undefined: the only one of the cluster
 * @throws InputError where several could be meant, or the named one isn't there
 */
export async function findRelease(api: KubernetesApi, wanted: string | undefined): Promise<FoundRelease> {
  const named = wanted === undefined ? undefined : parseRelease(wanted);
  let release: Release | undefined;
  try {
    release = await chosen(api, named);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const where = named === undefined ? 'in the whole cluster' : `in ${named.namespace}`;
    const grant = `grant list on configmaps ${where}, or say --release namespace, or --config with a copy of its config.yaml`;
    const what = `the installed release can't be looked for: ${said(error)}`;
    return { installed: undefined, findings: [failed(what, fixOf(error, grant, TRY_AGAIN))] };
  }
  if (release === undefined) {
    const what = `no ConfigMap with the label ${NAME_LABEL}: the chart is not installed, and defaults are checked`;
    return {
      installed: undefined,
      findings: [warning(what, 'helm install; with nameOverride: --release namespace/name')],
    };
  }
  return read(api, release);
}

async function chosen(api: KubernetesApi, named: ReturnType<typeof parseRelease> | undefined) {
  const query = { labelSelector: NAME_LABEL };
  const items = await metadataList(api, resourcePath('v1', 'configmaps', named?.namespace), query);
  const labelled = items
    .filter(({ metadata: { name, labels } }) => name !== STATUS_CONFIG_MAP && labels?.[COMPONENT] === undefined)
    .map(({ metadata }) => releaseOf(metadata));
  // In the whole cluster somebody else may have labelled a ConfigMap like ours; a namespace that was typed is meant.
  const all = named === undefined ? await ofReleases(api, labelled) : labelled;
  const found =
    named?.name === undefined ? all : all.filter((one) => [one.configMap, one.instance].includes(named.name!));
  if (found.length > 1) {
    const names = found.map(({ namespace, configMap }) => `${namespace}/${configMap}`).join(' and ');
    throw new InputError(`there are several releases of prescale, ${names}: --release namespace/name chooses one`);
  }
  if (found.length === 1 || named === undefined) return found[0];
  // Its label may have been overridden; its ConfigMap has its name all the same.
  if (named.name !== undefined) return { namespace: named.namespace, configMap: named.name, instance: named.name };
  throw new InputError(
    `--release: no ConfigMap in ${named.namespace} has the label ${NAME_LABEL}; helm list -A shows where it is installed`,
  );
}

function releaseOf({ namespace = '', name, labels }: MetadataObject['metadata']): Release {
  return { namespace, configMap: name, instance: labels?.[INSTANCE] ?? name };
}

async function read(api: KubernetesApi, release: Release): Promise<FoundRelease> {
  const { namespace, configMap } = release;
  const name = `ConfigMap ${namespace}/${configMap}`;
  try {
    const { data, metadata } = await api.get<ConfigMap>(resourcePath('v1', 'configmaps', namespace, configMap));
    const text = data?.['config.yaml'];
    if (text === undefined) {
      const fix = 'expected the ConfigMap that the chart makes, with the key config.yaml';
      return { installed: undefined, findings: [failed(`${name} has no config.yaml`, fix)] };
    }
    const config = addonConfig(parse(text), `${name}, config.yaml`);
    const instance = metadata.labels?.[INSTANCE] ?? release.instance;
    const known = { ...release, instance };
    const roles = await rolesOf(api, known);
    return { installed: { release: known, config, roles }, findings: [ok(summary(name, config, roles))] };
  } catch (error) {
    if (error instanceof InputError) {
      const fix = 'correct config in the values of the chart: the addon refuses to start with it';
      return { installed: undefined, findings: [failed(error.message, fix)] };
    }
    const grant = `grant get on configmaps in ${namespace}`;
    const otherwise = httpStatusOf(error) === 404 ? 'helm list -A shows what is installed' : TRY_AGAIN;
    return {
      installed: undefined,
      findings: [failed(`${name} can't be read: ${said(error)}`, fixOf(error, grant, otherwise))],
    };
  }
}

function summary(name: string, { namespaces, defaults }: AddonConfig, roles: readonly Role[]): string {
  const where = namespaces.length === 0 ? 'all namespaces' : `the namespaces ${namespaces.join(', ')}`;
  const mode = roles.some(({ component }) => component === 'actuator') ? 'distributed' : 'single';
  const shape = roles.length === 0 ? '' : `mode ${mode}, `;
  return `configuration of the release: ${name} (${shape}${where}, workloads are in mode ${defaults.mode} by default)`;
}

async function rolesOf(api: KubernetesApi, { namespace, instance }: Release): Promise<Role[]> {
  const path = resourcePath('apps/v1', 'deployments', namespace);
  const query = { labelSelector: `${INSTANCE}=${instance}` };
  let items: readonly Deployment[];
  try {
    items = (await api.get<{ readonly items: readonly Deployment[] }>(path, query)).items;
  } catch {
    // Of use, and not needed: what is missing without it is said where it is missed.
    return [];
  }
  return items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    component: spec?.template?.metadata?.labels?.[COMPONENT] ?? '',
    account: spec?.template?.spec?.serviceAccountName ?? 'default',
    wantedPods: spec?.replicas ?? 1,
    readyPods: status?.readyReplicas ?? 0,
  }));
}

/** The Deployment whose pods act. */
export function actingRole(roles: readonly Role[]): Role | undefined {
  return roles.find(({ component }) => component === 'addon' || component === 'actuator');
}
