import type { PrometheusHttp } from '../../../collector/prometheus/answer.ts';
import { discoverPrometheus, discoveryNamespaces } from '../../../collector/prometheus/discovery.ts';
import { type HttpLimits, prometheusHttp } from '../../../collector/prometheus/http.io.ts';
import { prometheusThroughApiServer } from '../../../collector/prometheus/proxy.ts';
import { QUERY_CHARS } from '../../../collector/prometheus/usage-batches.ts';
import { InputError, messageOf, WorldError } from '../../../core/errors.ts';
import type { KubernetesApi } from '../../../kubernetes/api.ts';
import { serviceProxy } from '../../cluster/service-proxy.ts';
import { type PrometheusFlags, parseAccess } from '../../options/prometheus-options.ts';

/** A way to ask the Prometheus that was chosen, and which it is and why. */
export interface ChosenPrometheus {
  readonly http: PrometheusHttp;
  readonly why: string;
  /** The longest query that every server on the way takes, in characters of a URL. */
  readonly mostChars: number;
}

/** A range query over weeks takes longer than the newest values do. */
const LIMITS: HttpLimits = { bodyBytes: 64e6, attemptMs: 60_000, attempts: 3, slowAttempts: 1, backoffMs: 500 };

/**
 * The Prometheus that a person names; else the one that well-known Services lead to. Outside the cluster a Service is asked through the API
 * server.
 * @param api asks Prometheus, too: each request once
 * @param mayRetry asked before a request is made once more
 * @throws InputError where a person must choose, WorldError where none is found
 */
export async function choosePrometheus(
  api: KubernetesApi & { readonly namespace: string },
  flags: PrometheusFlags,
  inside: boolean,
  env: NodeJS.ProcessEnv,
  mayRetry: () => boolean,
): Promise<ChosenPrometheus> {
  const limits: HttpLimits = { ...LIMITS, mayRetry };
  if (flags.prometheus !== undefined) return named(api, flags.prometheus, flags, inside, env, limits);
  const stray = Object.keys(flags).find((name) => name.startsWith('prometheus'));
  if (stray !== undefined) throw new InputError('--prometheus-… options need --prometheus <url>');
  const { choice, why, ambiguous } = await discovered(api);
  const words = why.replaceAll('prometheus.url', '--prometheus');
  if (choice === undefined) throw ambiguous ? new InputError(words) : new WorldError(words);
  return inside
    ? { http: prometheusHttp({ url: choice.url }, limits), why: words, mostChars: QUERY_CHARS.body }
    : throughApiServer(api, choice.proxyPath, words);
}

async function named(
  api: KubernetesApi,
  url: string,
  flags: PrometheusFlags,
  inside: boolean,
  env: NodeJS.ProcessEnv,
  limits: HttpLimits,
): Promise<ChosenPrometheus> {
  const access = parseAccess(url, flags, env);
  const http = prometheusHttp(access, limits);
  const hasAccess = Object.keys(flags).some((name) => name.startsWith('prometheus') && name !== 'prometheus');
  const proxyPath = inside || hasAccess ? undefined : await serviceProxy(api, url);
  const why = `${http.name}, as --prometheus says`;
  if (proxyPath === undefined) return { http, why, mostChars: QUERY_CHARS.body };
  await http.close();
  return throughApiServer(api, proxyPath, why);
}

function throughApiServer(api: KubernetesApi, proxyPath: string, why: string): ChosenPrometheus {
  return {
    http: prometheusThroughApiServer(api, proxyPath),
    why: `${why}; asked through the API server`,
    mostChars: QUERY_CHARS.url,
  };
}

async function discovered(api: KubernetesApi & { readonly namespace: string }) {
  try {
    return await discoverPrometheus(api, discoveryNamespaces([], api.namespace));
  } catch (error) {
    throw new WorldError(`Prometheus can't be looked for: ${messageOf(error)}; --prometheus names it`, {
      cause: error,
    });
  }
}
