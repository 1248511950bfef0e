import tseslint from 'typescript-eslint';
import { plainComments } from './eslint-plain-comments.mjs';

/** Rooms of shared/ whose comments are plain English, and whose files and functions keep to the sizes. */
const plainRooms = [
  'api',
  'approval',
  'azure',
  'case',
  'case-index',
  'catalogue',
  'contract',
  'engine',
  'entra',
  'intake',
  'ledger',
  'policy',
  'preview',
  'records',
  'seal',
  'teams',
  'telemetry',
  'text',
  'words',
  'work',
];
const plain = [
  'cli/**',
  'functions/**',
  'pages/**/*.ts',
  'remediators/**',
  'shared/*.ts',
  ...plainRooms.map((room) => `shared/${room}/**`),
];

const managementSdk = '^@azure/(arm-|identity|core-)';
const tableStorage = '^@azure/data-tables';

/** What the verifier's program is made of, beside the format and what verifies. */
const verifierParts = [
  'command-output',
  'exit-codes',
  'file-faults',
  'guarded-output',
  'leakstop-verify',
  'ledger-verify',
  'output',
  'printable',
  'process-output',
  'verdict-text',
  'verify-files',
  'verify-program',
];
const verifier = verifierParts.map((name) => `cli/${name}.ts`);

/**
 * What may import what: for each folder of a house the folders beside it that it may import, and `.` for the files of the
 * house itself. Every row names only rows above it, so that nothing imports in a circle. A house whose own files lie between
 * its folders has no row for them.
 */
export const directions = {
  shared: {
    text: [],
    '.': ['text'],
    contract: ['.', 'text'],
    telemetry: ['.', 'text', 'contract'],
    seal: [],
    azure: ['.', 'text', 'contract', 'telemetry', 'seal'],
    ledger: ['.', 'text', 'contract', 'telemetry', 'seal'],
    entra: ['.', 'text', 'telemetry'],
    policy: ['.', 'text', 'contract', 'telemetry', 'ledger'],
    work: ['.', 'text', 'contract', 'telemetry', 'azure', 'ledger'],
    case: ['.', 'contract', 'ledger', 'entra', 'policy'],
    words: ['.', 'text', 'contract', 'ledger', 'case'],
    intake: ['.', 'text', 'contract', 'telemetry', 'azure', 'ledger', 'work'],
    approval: [
      '.',
      'text',
      'contract',
      'telemetry',
      'ledger',
      'entra',
      'policy',
      'work',
      'case',
      'words',
      'intake',
    ],
    records: ['.', 'azure', 'ledger', 'policy', 'work'],
    'case-index': ['.', 'contract', 'ledger', 'case', 'words'],
    engine: ['.', 'text', 'contract', 'telemetry', 'azure', 'ledger', 'policy', 'work', 'case', 'approval'],
    catalogue: ['contract', 'azure', 'ledger', 'work', 'intake'],
    preview: ['.', 'text', 'contract', 'ledger', 'policy', 'case', 'words', 'engine'],
    teams: [
      '.',
      'text',
      'contract',
      'telemetry',
      'azure',
      'ledger',
      'policy',
      'work',
      'case',
      'words',
      'approval',
    ],
    api: [
      '.',
      'text',
      'contract',
      'telemetry',
      'ledger',
      'entra',
      'policy',
      'case',
      'words',
      'approval',
      'case-index',
    ],
  },
  'shared/engine': {
    '.': [],
    guards: ['.'],
    look: ['.'],
    decide: ['.', 'look'],
    people: ['look', 'decide'],
    settle: ['.', 'look', 'decide', 'people'],
    act: ['.', 'look', 'decide', 'settle'],
    pass: ['.', 'look', 'decide', 'settle', 'act'],
    sweep: ['.', 'look', 'decide', 'people', 'pass'],
    run: ['.', 'pass', 'sweep'],
  },
  'shared/words': {
    '.': [],
    story: ['.'],
  },
  'shared/azure': {
    observers: ['.'],
    steps: ['.'],
  },
  'shared/ledger': {
    format: [],
    verify: ['format'],
    checkpoints: ['.', 'format', 'verify'],
    export: ['.', 'format', 'checkpoints', 'verify'],
  },
  'shared/ledger/verify': {
    '.': [],
    line: [],
    checkpoint: ['.'],
    chain: ['.', 'line', 'checkpoint'],
    file: ['.', 'line', 'checkpoint', 'chain'],
    verdict: ['.', 'line', 'checkpoint', 'chain', 'file'],
  },
  'shared/policy': {
    checks: ['.'],
  },
  remediators: {
    property: [],
    'storage-account': [],
    '.': ['property', 'storage-account'],
  },
};

const onlyAzure = 'Only shared/azure talks to Azure Resource Manager and Entra.';
const onlyTables = 'Only shared/ledger and shared/work talk to Table Storage.';
const storageOnly = [['^@azure/(arm-|identity)', onlyAzure]];

/** What else the files of a folder may not import. A folder that is not named has the row of the nearest folder round it. */
const barred = {
  shared: [
    [managementSdk, onlyAzure],
    [tableStorage, onlyTables],
  ],
  'shared/text': [['^@azure/', 'Text is pure.']],
  'shared/contract': [['^@azure/', 'The contract is pure.']],
  'shared/case': [['^@azure/', 'A case is data: it holds no SDK.']],
  'shared/words': [['^@azure/', 'Words are pure.']],
  'shared/api': [['^@azure/', 'The API is handed what it answers with: it holds no SDK.']],
  'shared/azure': [[tableStorage, onlyTables]],
  'shared/ledger': storageOnly,
  'shared/ledger/format': [
    ['^@azure/', 'The format is pure: writer and verifier share it.'],
    ['^(\\.\\./)+(contract|telemetry)/|^(\\.\\./){2,3}[^/]+$', 'The format imports nothing of the writer.'],
  ],
  'shared/ledger/verify': [
    ['^@azure/', 'The verifier is offline.'],
    [
      '^(\\.\\./)+(contract|telemetry)/|^(\\.\\./){2,3}[^/]+$',
      'The verifier shares the format with the writer, and nothing else.',
    ],
  ],
  'shared/work': storageOnly,
  'shared/records': storageOnly,
  remediators: [
    ['^@azure/', 'A remediator is pure: it never talks to Azure.'],
    ['^node:', 'A remediator is pure: it does no I/O.'],
    ['/(functions|test|sandbox|cli|pages)/', 'A remediator knows nothing of its callers.'],
    ['/shared/(?!contract/)', 'A remediator sees the contract only.'],
  ],
};

/**
 * The walls round the folders of a house, from its rows of `directions` and `barred`. The last rule for a file is the one that
 * holds, so a folder that is a house itself repeats the walls round it for its own folders, seen from one folder further down.
 */
function rooms(house, round = () => [], inherited = []) {
  const table = directions[house];
  return Object.entries(table).flatMap(([room, may]) => {
    const path = `${house}/${room}`;
    const message = `${path} may not import it: the directions stand in eslint.config.mjs.`;
    const others = Object.keys(table).filter((name) => ![room, '.', ...may].includes(name));
    const walls = (depth) => [
      ...round(depth + 1),
      ...(others.length === 0 ? [] : [[`^${up(depth)}(${others.join('|')})/`, message]]),
      ...([room, ...may].includes('.') ? [] : [[`^${up(depth, depth)}[^/]+$`, message]]),
    ];
    const own = barred[path] ?? barred[house] ?? inherited;
    if (room === '.') {
      return [wall([`${house}/*.ts`], ...walls(0), ...own)];
    }
    const inside = Object.hasOwn(directions, path) ? rooms(path, walls, own) : [];
    return [wall([`${path}/**`], ...walls(1), ...own), ...inside];
  });
}

/** The start of a path that leads so many folders up; at least so many where `most` is absent. */
function up(folders, most = '') {
  return folders === 0 ? '\\./' : `(\\.\\./){${folders},${most}}`;
}

const sizeOfFile = { max: 300, skipBlankLines: true, skipComments: true };
const sizeOfFunction = { max: 60, skipBlankLines: true, skipComments: true };

/** Limits of files and functions. */
function sizes(severity) {
  return {
    'max-depth': [severity, 3],
    complexity: [severity, 12],
    'max-lines': [severity, sizeOfFile],
    'max-lines-per-function': [severity, sizeOfFunction],
  };
}

/** Refuses imports that match a pattern, in some files, and says why. */
function wall(files, ...rules) {
  const { ignores = [] } = rules.find((rule) => !Array.isArray(rule)) ?? {};
  return {
    files,
    ignores,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: rules.filter(Array.isArray).map(([regex, message]) => ({ regex, message })),
        },
      ],
    },
  };
}

const useClock = 'Time, randomness and waiting come from the injected Clock (shared/clock.ts).';
const clockRule = {
  files: ['functions/**', 'remediators/**', 'shared/**', 'pages/**', 'cli/**'],
  ignores: ['shared/clock.ts'],
  rules: {
    'no-restricted-syntax': [
      'error',
      { selector: "MemberExpression[object.name='Date'][property.name='now']", message: useClock },
      { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: useClock },
      { selector: "MemberExpression[object.name='Math'][property.name='random']", message: useClock },
      { selector: "MemberExpression[object.name='performance'][property.name='now']", message: useClock },
      { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
      { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
    ],
    'no-restricted-globals': [
      'error',
      ...['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({ name, message: useClock })),
      { name: 'console', message: 'Use the logger (shared/telemetry), which redacts.' },
    ],
  },
};

export default tseslint.config(
  { ignores: ['dist/**', 'dist-verify/**', 'node_modules/**', '.sandbox/**', 'coverage/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mjs', 'sandbox/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      ...sizes('warn'),
    },
  },
  clockRule,
  ...rooms('remediators'),
  ...rooms('shared', () => [
    ['/(functions|remediators|test|sandbox|cli|pages)/', 'shared/ lies below everything else.'],
  ]),
  wall(
    ['functions/**'],
    ['^@azure/(?!functions$)', 'An entry point parses, calls and returns.'],
    ['/(sandbox|test|cli)/', 'Nothing deployed imports the sandbox.'],
  ),
  wall(
    ['sandbox/**'],
    ['/(functions|remediators|shared|cli|pages|test)/', 'The sandbox imports nothing of ours: it is Azure.'],
  ),
  wall(
    ['cli/**'],
    { ignores: verifier },
    ['/functions/', 'The CLI does not import entry points.'],
    ['/(sandbox|test)/', 'Nothing deployed imports the sandbox.'],
  ),
  wall(
    verifier,
    ['^@azure/', 'The verifier is offline.'],
    [
      `^\\.\\.?/(?!(\\.\\./)*shared/(ledger/(format|verify)|text)/|(${verifierParts.join('|')})\\.ts$)`,
      'The verifier imports nothing of the engine or the writer.',
    ],
  ),
  wall(['pages/**'], ['/(functions|remediators|cli|sandbox|test)/', 'Pages see shared/ only.']),
  {
    files: plain,
    plugins: { leakstop: plainComments },
    rules: { 'leakstop/plain-english': 'error', 'no-nested-ternary': 'error', ...sizes('error') },
  },
  {
    // A table in the form of a switch, one kind of entry a line: the branches count, and nothing nests.
    files: ['shared/teams/{collect,follow-up-of}.ts'],
    rules: { complexity: ['warn', 12] },
  },
  {
    // One condition of many parts: a given body clears a root only if all of them hold.
    files: ['shared/engine/look/look-at-root.ts'],
    rules: { complexity: ['warn', 12] },
  },
  {
    // One list of the worker's functions, which share what `createWorker` is given.
    files: ['shared/engine/run/worker.ts'],
    rules: { 'max-lines-per-function': ['warn', sizeOfFunction] },
  },
  {
    // The schemas of the API are one list in the order of its routes.
    files: ['shared/api/schemas.ts'],
    rules: { 'max-lines': ['warn', sizeOfFile] },
  },
  {
    // A composition root is one list of what is wired, to be read from top to bottom.
    files: ['functions/compose/{web,worker}.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    // The refusal of a foreign folder tests each file in five ways; the tests stand together until the file is restructured.
    files: ['cli/evidence-folder.ts'],
    rules: { complexity: ['warn', 12] },
  },
  { files: ['**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['test/**', 'bench/**'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: "Property[key.name='numRuns'] > Literal",
          message: 'Say runs(100) (test/support/effort.ts): at length it is tried more often.',
        },
      ],
    },
  },
);
