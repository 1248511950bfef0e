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
    `# Then: ${signIn(armUrl)
      .map((words) => words.map((word) => (/^[\w-]+$/.test(word) ? word : quote(word))).join(' '))
      .join(' && ')}`,
  ];
}

/** Commands, each in its words, that make the Azure CLI sign in to the sandbox. */
export function signIn(armUrl: string): readonly (readonly string[])[] {
  // The one way to tell `az` all of them: it has no option for Microsoft Graph.
  const cloud = {
    endpoints: {
      resource_manager: armUrl,
      management: armUrl,
      active_directory: armUrl,
      active_directory_resource_id: 'https://management.core.windows.net/',
      active_directory_graph_resource_id: `${armUrl}/graph/`,
      microsoft_graph_resource_id: `${armUrl}/graph/`,
    },
    suffixes: { storage_endpoint: 'core.windows.net', keyvault_dns: '.vault.azure.net' },
  };
  return [
    ['az', 'cloud', 'register', '--name', 'leakstop', '--cloud-config', JSON.stringify(cloud)],
    ['az', 'cloud', 'set', '--name', 'leakstop'],
    ['az', 'login', '--identity'],
  ];
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
    process.stderr.write(
      `Cannot ${what} in "${directory}": ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
