import type { TimeRange } from '../../collector/demand/demand-source.ts';
import type { PrometheusAccess } from '../../collector/prometheus/connection.io.ts';
import { InputError } from '../../core/errors.ts';
import { readInputText, SECRET_BYTES } from '../../files/input-file.io.ts';
import { proxyFromEnvironment } from '../../network/proxy-choice.io.ts';
import { durationSeconds, parseDuration, parseInstant, wrongOption } from './options.ts';
import { parseHeaders } from './prometheus-headers.ts';

const DEFAULT_STEP = '60s';

/** The options of a Prometheus trace as they were typed. Secrets themselves are never among them. */
export interface PrometheusFlags {
  readonly prometheus?: string;
  readonly query?: string;
  readonly start?: string;
  readonly end?: string;
  readonly step?: string;
  readonly prometheusTokenFile?: string;
  readonly prometheusTokenEnv?: string;
  readonly prometheusUser?: string;
  readonly prometheusPasswordFile?: string;
  readonly prometheusPasswordEnv?: string;
  readonly prometheusCa?: string;
  readonly prometheusCert?: string;
  readonly prometheusKey?: string;
  readonly prometheusInsecureSkipVerify?: boolean;
  /** `Name: value`, one a line where it was given several times. */
  readonly prometheusHeader?: string;
  /** `Name: file`, likewise. */
  readonly prometheusHeaderFile?: string;
}

/** A range query to make: where, as whom, what, when. */
export interface PrometheusRequest {
  readonly access: PrometheusAccess;
  readonly query: string;
  readonly range: TimeRange;
}

/**
 * @param env where --…-env options look
 * @param nowSeconds the wall clock, for --end's default
 * @returns undefined when no option of Prometheus was given
 * @throws InputError naming the option, what was found and what was expected
 */
export function parsePrometheus(
  flags: PrometheusFlags,
  env: NodeJS.ProcessEnv,
  nowSeconds: number,
): PrometheusRequest | undefined {
  if (flags.prometheus === undefined) {
    refuseStray(flags);
    return undefined;
  }
  if (!flags.query?.trim())
    throw new InputError('--prometheus needs --query: the demand, for example sum(rate(…[1m]))');
  if (flags.start === undefined)
    throw new InputError('--prometheus needs --start: an instant, or a duration such as 14d');
  return {
    access: parseAccess(flags.prometheus, flags, env),
    query: flags.query,
    range: parseRange(flags, nowSeconds),
  };
}

function refuseStray(flags: PrometheusFlags): void {
  const names = ['query', 'start', 'end', 'step'] as const;
  const stray =
    names.find((name) => flags[name] !== undefined) ?? Object.keys(flags).find((name) => name.startsWith('prometheus'));
  if (stray !== undefined) throw new InputError(`--${kebab(stray)} needs --prometheus <url>`);
}

/** The instants to ask for. @param nowSeconds the wall clock @throws InputError naming the option */
export function parseRange(flags: PrometheusFlags, nowSeconds: number): TimeRange {
  const stepSeconds = parseDuration({ option: '--step', text: flags.step ?? DEFAULT_STEP });
  if (stepSeconds < 1) throw wrongOption({ option: '--step', text: flags.step! }, 'a step of at least 1s');
  // On the step's grid, so that two runs a second apart ask for the same instants.
  const end =
    flags.end === undefined || flags.end === 'now' ? Math.floor(nowSeconds / stepSeconds) * stepSeconds : undefined;
  const endSeconds = end ?? parseInstant({ option: '--end', text: flags.end! });
  const ago = durationSeconds(flags.start!);
  const startSeconds = ago === undefined ? parseInstant({ option: '--start', text: flags.start! }) : endSeconds - ago;
  if (!(startSeconds >= 0 && startSeconds < endSeconds)) {
    throw wrongOption({ option: '--start', text: flags.start! }, 'an instant before --end and after 1970');
  }
  return { startSeconds, endSeconds, stepSeconds };
}

/** Who asks a server, and how. @throws InputError naming the option */
export function parseAccess(url: string, flags: PrometheusFlags, env: NodeJS.ProcessEnv): PrometheusAccess {
  const token = secret('prometheusTokenFile', 'prometheusTokenEnv', flags, env);
  const password = secret('prometheusPasswordFile', 'prometheusPasswordEnv', flags, env);
  if (token !== undefined && flags.prometheusUser !== undefined) {
    throw new InputError('--prometheus-user conflicts with a token: give one of the two');
  }
  if ((flags.prometheusUser === undefined) !== (password === undefined)) {
    throw new InputError('--prometheus-user and --prometheus-password-file (or -env) need each other');
  }
  const proxy = URL.canParse(url) ? proxyFromEnvironment(new URL(url), env) : undefined;
  return {
    url,
    ...(proxy === undefined ? {} : { proxy }),
    headers: parseHeaders(flags.prometheusHeader, flags.prometheusHeaderFile),
    ...(token === undefined ? {} : { bearerToken: token }),
    ...(password === undefined ? {} : { basic: { user: flags.prometheusUser!, password } }),
    tls: parseTls(flags),
  };
}

function parseTls(flags: PrometheusFlags): NonNullable<PrometheusAccess['tls']> {
  const { prometheusCa: ca, prometheusCert: cert, prometheusKey: key } = flags;
  if ((cert === undefined) !== (key === undefined)) {
    throw new InputError('--prometheus-cert and --prometheus-key need each other');
  }
  if (flags.prometheusInsecureSkipVerify && ca !== undefined) {
    throw new InputError('--prometheus-insecure-skip-verify conflicts with --prometheus-ca: verify or do not');
  }
  return {
    ...(ca === undefined ? {} : { ca: pem('--prometheus-ca', ca) }),
    ...(cert === undefined ? {} : { cert: pem('--prometheus-cert', cert) }),
    ...(key === undefined ? {} : { key: pem('--prometheus-key', key) }),
    insecureSkipVerify: flags.prometheusInsecureSkipVerify === true,
  };
}

type SecretFlag = 'prometheusTokenFile' | 'prometheusTokenEnv' | 'prometheusPasswordFile' | 'prometheusPasswordEnv';

/** A secret from the file or the environment variable that an option names; the options hold no secret themselves. */
function secret(
  file: SecretFlag,
  variable: SecretFlag,
  flags: PrometheusFlags,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const path = flags[file];
  const name = flags[variable];
  if (path !== undefined && name !== undefined)
    throw new InputError(`--${kebab(file)} conflicts with --${kebab(variable)}`);
  if (path === undefined && name === undefined) return undefined;
  const option = `--${kebab(path === undefined ? variable : file)}`;
  const text = path === undefined ? env[name!] : readOptionFile(option, path);
  if (text === undefined) throw new InputError(`${option}: the environment variable ${name} is not set`);
  const value = text.trim();
  // A line break would end the HTTP header; never show the secret itself.
  if (value === '' || !/^[\x20-\x7e]+$/.test(value)) {
    throw new InputError(
      `${option}: found ${value === '' ? 'nothing' : 'more than one line of plain text'}; expected one secret`,
    );
  }
  return value;
}

function pem(option: string, path: string): string {
  const text = readOptionFile(option, path);
  if (!text.includes('-----BEGIN ')) throw new InputError(`${option}: ${path} holds no PEM block (-----BEGIN …)`);
  return text;
}

function readOptionFile(option: string, path: string): string {
  return readInputText({ path, name: `${option}: ${path}`, expected: 'a small text file', mostBytes: SECRET_BYTES });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
