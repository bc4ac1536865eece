import type { Command } from 'commander';
import type { TraceKind } from '../../collector/trace/findings/series-kind.ts';
import { InputError } from '../../core/errors.ts';
import type { PrometheusFlags } from './prometheus-options.ts';
import { FORMAT_NOTES } from './reading-options.ts';

/** What is said about all that reads a trace. */
export const TRACE_NOTES = `
Trace: a recorded load, as CSV with the header timestamp,value or as what a monitoring tool exports,
told by its content; gzip too. Values are demand in any unit, 0 or more; a missing or empty value is
no data, never zero. "-" reads standard input. What was assumed stands in the findings.
${FORMAT_NOTES}A series that only rises is a counter: --counter takes its rate
a second (resets are no falls of the load), --gauge takes it as a load that grows.
`;

/** As they were typed. */
export interface TraceKindFlags {
  readonly counter?: boolean;
  readonly gauge?: boolean;
}

const PROMETHEUS_OPTIONS: Record<keyof PrometheusFlags, [flag: string, description: string]> = {
  prometheus: ['<url>', 'read the load from this Prometheus (or compatible) server instead of a CSV'],
  query: ['<promql>', 'the demand: must give one series; sum(…) makes one of many'],
  start: ['<instant|duration>', 'first instant, or so long before --end (14d)'],
  end: ['<instant>', 'last instant (default: now)'],
  step: ['<duration>', 'distance of the points (default: 60s)'],
  prometheusTokenFile: ['<file>', 'bearer token, read from a file'],
  prometheusTokenEnv: ['<name>', 'bearer token, read from an environment variable'],
  prometheusUser: ['<name>', 'basic authentication: the user'],
  prometheusPasswordFile: ['<file>', 'basic authentication: the password, read from a file'],
  prometheusPasswordEnv: ['<name>', 'basic authentication: the password, read from an environment variable'],
  prometheusHeader: ['<name: value>', "a request header, such as 'X-Scope-OrgID: team-a' (the tenant); repeatable"],
  prometheusHeaderFile: ['<name: file>', 'a request header whose value is secret, read from a file; repeatable'],
  prometheusCa: ['<file>', 'trust this certificate authority (PEM) instead of the system ones'],
  prometheusCert: ['<file>', 'client certificate (PEM); needs --prometheus-key'],
  prometheusKey: ['<file>', "the client certificate's key (PEM)"],
  prometheusInsecureSkipVerify: [
    '',
    "do not verify the server's certificate: anybody in between can read and change the data",
  ],
};

/** Adds --counter and --gauge. */
export function addKindOptions(command: Command): Command {
  return command
    .option('--counter', 'the trace is a counter (a total that only rises): take its rate a second')
    .option('--gauge', 'the trace is the load itself, even if it only rises');
}

/** Adds --prometheus and what belongs to it. @param other descriptions of a command's own; null: it has no such option */
export function addPrometheusOptions(
  command: Command,
  other: Partial<Record<keyof PrometheusFlags, string | null>> = {},
): Command {
  command.optionsGroup?.('Prometheus options:');
  for (const [name, [value, usual]] of Object.entries(PROMETHEUS_OPTIONS)) {
    const description = other[name as keyof PrometheusFlags] ?? usual;
    if (other[name as keyof PrometheusFlags] === null) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (description.endsWith('repeatable')) command.option(`--${flag} ${value}`, description, inLines);
    else command.option(`--${flag} ${value}`.trim(), description);
  }
  return command;
}

/** Values of an option that may be given several times, one a line. */
function inLines(value: string, before: string | undefined): string {
  return before === undefined ? value : `${before}\n${value}`;
}

/** What a person says the trace is. @throws InputError for both at once */
export function parseKind({ counter, gauge }: TraceKindFlags): TraceKind | undefined {
  if (counter && gauge) throw new InputError('--counter conflicts with --gauge: a series is one of the two');
  if (counter) return 'counter';
  return gauge ? 'gauge' : undefined;
}
