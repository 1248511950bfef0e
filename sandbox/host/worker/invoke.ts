import type {
  CoreInvocationContext,
  FunctionCallback,
  InvocationRequest,
  InvocationResponse,
  LogEntry,
} from '../contract.ts';
import type { Registry } from './core-api.ts';

/**
 * Runs one invocation in the order of Azure's worker: arguments, hooks before, function, hooks after, response.
 *
 * @throws what the function or a hook threw
 */
export async function invoke(
  registry: Registry,
  functionName: string,
  request: InvocationRequest,
  log: (entry: LogEntry) => void,
): Promise<InvocationResponse> {
  const registered = registry.functions.get(functionName);
  const programmingModel = registry.model();
  if (registered === undefined || programmingModel === undefined) {
    throw new Error(`Cannot invoke "${functionName}": it is not registered`);
  }
  const { invocationId } = request;
  const core: CoreInvocationContext = {
    invocationId,
    request,
    metadata: registered.metadata,
    state: undefined,
    log: (level, category, message) => log({ level, category, message, functionName, invocationId }),
  };
  const model = await programmingModel.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  const shared = { hookData: {}, appHookData: {}, invocationContext: context };

  core.state = 'preInvocationHooks';
  const before: Before = { ...shared, inputs, functionCallback: registered.callback };
  await runHooks(registry, 'preInvocation', before);

  core.state = 'invocation';
  const after: After = { ...shared, inputs: before.inputs, result: undefined, error: undefined };
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error ?? new Error('Nothing was thrown');
  }

  core.state = 'postInvocationHooks';
  await runHooks(registry, 'postInvocation', after);
  core.state = undefined;
  if (after.error !== undefined && after.error !== null) {
    // Whatever the function threw, which need not be an error.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw after.error;
  }
  return model.getResponse(context, after.result);
}

type Before = Record<string, unknown> & { inputs: unknown[]; functionCallback: FunctionCallback };
type After = Record<string, unknown> & { result: unknown; error: unknown };

async function runHooks(
  registry: Registry,
  name: 'preInvocation' | 'postInvocation',
  context: Record<string, unknown>,
): Promise<void> {
  for (const hook of registry.hooks[name]) {
    await hook(context);
  }
}
