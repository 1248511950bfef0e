import { Option } from 'commander';

const formats = ['table', 'json', 'sarif'] as const;
export type ReportFormat = (typeof formats)[number];

/** The option `--format`, and its short form `--json`. */
export const formatOption = (): Option =>
  new Option('--format <format>', 'how to print; sarif is for code scanning')
    .choices(formats)
    .default('table');

export interface FormatOptions {
  readonly format: ReportFormat;
  readonly json?: true;
}

export function formatOf({ format, json }: FormatOptions): ReportFormat {
  return json ? 'json' : format;
}
