import { join } from 'node:path';
import { LiveValidator } from 'oav/dist/lib/liveValidation/liveValidator.js';
import type { ArmBody } from '../../../sandbox/arm/arm-body.ts';

/** One call and its answer, as they went over the wire. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly request: ArmBody | undefined;
  readonly status: number;
  readonly body: ArmBody;
}

/** Checks exchanges against the OpenAPI files of a folder. */
export interface Specification {
  /** What is wrong with a request and its answer; throws if no operation has that path. */
  check(exchange: Exchange): Promise<readonly string[]>;
}

const files = ['storage.json', 'blob.json', 'file.json'];
const version = 'specification/storage/resource-manager/Microsoft.Storage/stable/2023-05-01';

export async function loadSpecification(directory: string): Promise<Specification> {
  const validator = new LiveValidator({
    fileRoot: `${directory}/`,
    directory,
    git: { shouldClone: false },
    swaggerPaths: files.map((file) => join(directory, version, file)),
    loadValidatorInBackground: false,
    isArmCall: true,
  });
  await validator.initialize();
  return { check: async (exchange) => check(validator, exchange) };
}

async function check(validator: LiveValidator, exchange: Exchange): Promise<readonly string[]> {
  const url = new URL(exchange.url, 'https://management.azure.com');
  const headers = { 'content-type': 'application/json' };
  const query = Object.fromEntries(url.searchParams);
  const { requestValidationResult, responseValidationResult, runtimeException } =
    await validator.validateLiveRequestResponse({
      liveRequest: {
        method: exchange.method,
        url: `https://management.azure.com${url.pathname}${url.search}`,
        headers,
        query,
        ...(exchange.request === undefined ? {} : { body: exchange.request }),
      },
      liveResponse: { statusCode: String(exchange.status), headers, body: exchange.body },
    });
  const failure =
    runtimeException ?? requestValidationResult.runtimeException ?? responseValidationResult.runtimeException;
  if (failure !== undefined) {
    throw new Error(`Cannot check ${exchange.method} ${url.pathname}: ${failure.message}`);
  }
  return [...requestValidationResult.errors, ...responseValidationResult.errors].map(
    ({ code, message, pathsInPayload }) => `${code} ${pathsInPayload.join(' ')}: ${message}`,
  );
}
