import { configJsonSchema } from '../addon/config.ts';

/** The parts of JSON Schema that the settings use. */
interface SettingSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SettingSchema>>;
}

/** Every setting under `config` with its default and meaning, as the Markdown table of docs/install.md. */
export function configTable(): string {
  const rows = settings(configJsonSchema() as SettingSchema, '');
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function settings({ properties = {} }: SettingSchema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([key, setting]) => {
    const path = `${prefix}${key}`;
    if (setting.properties !== undefined) return settings(setting, `${path}.`);
    return [`| \`${path}\` | ${defaultText(setting.default)} | ${setting.description ?? ''} |`];
  });
}

function defaultText(value: unknown): string {
  if (value === '') return '';
  if (Array.isArray(value) && value.length > 0) return value.map(({ kind }) => kind).join(', ');
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
