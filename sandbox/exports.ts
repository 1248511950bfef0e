import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Directory of a sandbox started from the project's root, relative to it. */
const defaultDirectory = '.sandbox';

/** Lines for a shell: after `eval`, `az` and `curl` talk to the sandbox. */
export function toExports(
  running: Readonly<Record<string, string>>,
  configDirectory: string,
): readonly string[] {
  const {
    armUrl = '',
    adminUrl = '',
    identityHeader = '',
    msiEndpoint = '',
    caFile = '',
    token = '',
  } = running;
  const variables = {
    ARM_URL: armUrl,
    ADMIN_URL: adminUrl,
    ARM_TOKEN: token,
    AZURE_CONFIG_DIR: configDirectory,
    AZURE_CORE_COLLECT_TELEMETRY: 'no',
    CURL_CA_BUNDLE: caFile,
    LEAKSTOP_ARM_ENDPOINT: armUrl,
    LEAKSTOP_ARM_AUDIENCE: 'https://management.azure.com',
    MSI_ENDPOINT: msiEndpoint,
    MSI_SECRET: identityHeader,
    NODE_EXTRA_CA_CERTS: caFile,
    REQUESTS_CA_BUNDLE: caFile,
  };
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`),
    `# Then: ${signIn(armUrl).join(' && ')}`,
  ];
}

/** Commands that make the Azure CLI sign in to the sandbox. */
export function signIn(armUrl: string): readonly string[] {
  const register = [
    'az cloud register --name leakstop',
    `--endpoint-resource-manager ${armUrl}`,
    `--endpoint-management ${armUrl}`,
    `--endpoint-active-directory ${armUrl}`,
    '--endpoint-active-directory-resource-id https://management.core.windows.net/',
    `--endpoint-active-directory-graph-resource-id ${armUrl}/graph/`,
    '--suffix-storage-endpoint core.windows.net',
  ];
  return [register.join(' '), 'az cloud set --name leakstop', 'az login --identity'];
}

function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

async function printExports(directory: string): Promise<void> {
  const running = JSON.parse(await readFile(join(directory, 'running.json'), 'utf8')) as Record<
    string,
    string
  >;
  const token = await askForToken(running.adminUrl ?? '', running.operator ?? '');
  process.stdout.write(`${toExports({ ...running, token }, join(resolve(directory), 'az')).join('\n')}\n`);
}

/** Lines after which programs in the shell act as a person of the directory. */
async function printShell(directory: string, person: string): Promise<void> {
  const file = join(directory, 'running.json');
  const { adminUrl = '' } = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  const answer = await fetch(`${adminUrl}/shells`, {
    method: 'POST',
    body: JSON.stringify({ principal: person }),
  });
  const body = (await answer.json()) as Record<string, string>;
  if (!answer.ok) {
    throw new Error(body.error);
  }
  const lines = Object.entries(body).map(([name, value]) => `export ${name}=${quote(value)}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function askForToken(adminUrl: string, principal: string): Promise<string> {
  const answer = await fetch(`${adminUrl}/tokens`, { method: 'POST', body: JSON.stringify({ principal }) });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return token;
}

if (import.meta.main) {
  const [directory = defaultDirectory, person] = process.argv.slice(2);
  try {
    await (person === undefined ? printExports(directory) : printShell(directory, person));
  } catch (error) {
    const what = person === undefined ? 'find a running sandbox' : `make a shell of "${person}"`;
    process.stderr.write(`Cannot ${what} in "${directory}": ${String(error)}\n`);
    process.exitCode = 1;
  }
}
