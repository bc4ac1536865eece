import { annotation } from '../../core/policy/annotations.ts';
import { formatSeconds } from '../../core/quantity.ts';
import type { WhatIfQuestion } from '../api/what-if.ts';

/**
 * The command that makes a workload run as asked. Only what was asked for is in it; a price is nothing that a workload knows.
 * @param key `shop/Deployment/web`; parts that no Kubernetes name can be are quoted, so that a shell takes them as they are
 */
export function annotateCommand(key: string, question: WhatIfQuestion): string {
  const [namespace = '', kind = '', name = ''] = key.split('/');
  const { sloPercent, startupSeconds, min, max, startCostSeconds } = question;
  const values: (readonly [Parameters<typeof annotation>[0], string | undefined])[] = [
    ['enabled', 'true'],
    ['slo', sloPercent === undefined ? undefined : `${sloPercent}%`],
    ['lead-time', startupSeconds === undefined ? undefined : formatSeconds(Math.ceil(startupSeconds))],
    ['min-replicas', min === undefined ? undefined : String(Math.round(min))],
    ['max-replicas', max === undefined ? undefined : String(Math.round(max))],
    ['start-cost', startCostSeconds === undefined ? undefined : formatSeconds(Math.round(startCostSeconds))],
  ];
  const set = values.flatMap(([what, value]) => (value === undefined ? [] : quoted(`${annotation(what)}=${value}`)));
  return `kubectl -n ${quoted(namespace)} annotate --overwrite ${quoted(`${kind.toLowerCase()}/${name}`)} ${set.join(' ')}`;
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./=%:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
