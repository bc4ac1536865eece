import type { ServerTime } from '../../core/clock-check.ts';
import { InputError } from '../../core/errors.ts';
import { readInputText, SECRET_BYTES } from '../../files/input-file.io.ts';
import type { ForwardProxy } from '../../network/forward-proxy.ts';
import type { DemandSource } from '../demand/demand-source.ts';
import { CredentialsRefused, type PrometheusHttp } from './answer.ts';
import { checkedUrl, type PrometheusAccess } from './connection.io.ts';
import { type PrometheusDemandOptions, prometheusDemand } from './demand.ts';
import { DEFAULT_LIMITS, type HttpLimits, prometheusHttp } from './http.io.ts';

/** How to reach a server whose secrets stand in files, which Kubernetes replaces when a Secret changes. */
export interface PrometheusFiles {
  readonly url: string;
  readonly bearerTokenFile?: string | undefined;
  /** The whole Authorization header, for servers that want a bare token. */
  readonly authorizationFile?: string | undefined;
  readonly basic?: {
    readonly user?: string | undefined;
    readonly userFile?: string | undefined;
    readonly passwordFile?: string | undefined;
  };
  readonly tls?: {
    readonly caFile?: string | undefined;
    readonly certFile?: string | undefined;
    readonly keyFile?: string | undefined;
  };
  readonly headers?: Readonly<Record<string, string>>;
  /** Further headers by their files, for those that are secret. */
  readonly headerFiles?: Readonly<Record<string, string>>;
  /** As PrometheusAccess.proxy. */
  readonly proxy?: ForwardProxy | undefined;
}

/** For the newest values: they have to be there well within a tick of 15 s, splits of a batch included. */
export const LIVE_LIMITS: HttpLimits = {
  bodyBytes: 64e6,
  attemptMs: 3000,
  attempts: 2,
  slowAttempts: 1,
  backoffMs: 200,
};

/** Connections under one set of credentials; closed when they are replaced and nothing is on its way. */
interface Connected {
  readonly key: string;
  readonly http: PrometheusHttp;
  underWay: number;
  replaced: boolean;
}

/**
 * A server whose credentials are read anew for each request, and once more where they are refused: a rotated token is in
 * use with the next request. Connections stay while nothing changes.
 * @throws InputError where the URL is wrong; asking throws an InputError where a file is
 */
export function prometheusHttpFromFiles(files: PrometheusFiles, limits: HttpLimits = DEFAULT_LIMITS): PrometheusHttp {
  const name = checkedUrl(files.url);
  let current: Connected | undefined;
  const release = async (one: Connected) => {
    one.underWay--;
    if (one.replaced && one.underWay === 0) await one.http.close();
  };
  /** The connections to use now; one request is counted as on its way over them. */
  const connect = async (): Promise<Connected> => {
    const access = readAccess(files);
    const key = JSON.stringify(access);
    if (current?.key !== key) {
      const before = current;
      current = { key, http: prometheusHttp(access, limits), underWay: 0, replaced: false };
      if (before) {
        before.replaced = true;
        if (before.underWay === 0) void before.http.close();
      }
    }
    current.underWay++;
    return current;
  };
  return {
    name,
    close: async () => current?.http.close(),
    async ask(path, parameters) {
      const first = await connect();
      try {
        return await first.http.ask(path, parameters);
      } catch (error) {
        if (!(error instanceof CredentialsRefused)) throw error;
        const renewed = await connect();
        try {
          if (renewed.key === first.key) throw error;
          return await renewed.http.ask(path, parameters);
        } finally {
          await release(renewed);
        }
      } finally {
        await release(first);
      }
    },
  };
}

/** Told of each answer by a server of what time it is there. */
export type OnServerTime = (time: ServerTime) => void;

/** Demand from the Prometheus of a configuration. @throws InputError where its URL or a template is wrong */
export function demandFromPrometheus(
  files: PrometheusFiles,
  options: PrometheusDemandOptions,
  clock?: { readonly epochSeconds: () => number; readonly onServerTime: OnServerTime },
): DemandSource {
  const live = prometheusHttpFromFiles(files, LIVE_LIMITS);
  const timed: PrometheusHttp = {
    ...live,
    ask: async (path, parameters) => {
      const askedSeconds = clock?.epochSeconds() ?? 0;
      const answer = await live.ask(path, parameters);
      const { dateSeconds: serverSeconds } = answer;
      if (clock && serverSeconds !== undefined) {
        clock.onServerTime({ serverSeconds, stepSeconds: 1, askedSeconds, answeredSeconds: clock.epochSeconds() });
      }
      return answer;
    },
  };
  return prometheusDemand(timed, prometheusHttpFromFiles(files), options);
}

function readAccess({ url, basic, tls, headers, headerFiles, proxy, ...files }: PrometheusFiles): PrometheusAccess {
  const secret = (path: string | undefined) => (path === undefined ? undefined : readSecret(path));
  const text = (path: string | undefined) => (path === undefined ? undefined : readText(path));
  const bearerToken = secret(files.bearerTokenFile);
  const authorization = secret(files.authorizationFile);
  const user = secret(basic?.userFile) ?? basic?.user;
  const password = secret(basic?.passwordFile);
  const secretHeaders = Object.entries(headerFiles ?? {}).map(([name, path]) => [name, readSecret(path)] as const);
  const [ca, cert, key] = [text(tls?.caFile), text(tls?.certFile), text(tls?.keyFile)];
  return {
    url,
    ...(bearerToken === undefined ? {} : { bearerToken }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(user === undefined || password === undefined ? {} : { basic: { user, password } }),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
    headers: { ...headers, ...Object.fromEntries(secretHeaders) },
    ...(proxy === undefined ? {} : { proxy }),
  };
}

function readSecret(path: string): string {
  const value = readText(path).trim();
  // A line break would end the HTTP header; never show the secret itself.
  if (/^[\x20-\x7e]+$/.test(value)) return value;
  const found = value === '' ? 'nothing' : 'more than one line of plain text';
  throw new InputError(`${path}: found ${found}; expected one secret`);
}

function readText(path: string): string {
  return readInputText({ path, expected: 'a file of a mounted Secret', mostBytes: SECRET_BYTES });
}
