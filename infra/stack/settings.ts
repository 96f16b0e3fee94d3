import { Ajv, type ErrorObject } from 'ajv';
import type { FromSchema } from 'json-schema-to-ts';

/** API Gateway's quota is 50 audiences for each authorizer, and AWS does not raise it. The stack's own client is one of them. */
const maxClients = 49;

const arn = (service: string, resource: string) => `^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:${resource}$`;
const tableName = {
  type: 'string',
  pattern: '^[A-Za-z0-9_.-]{3,255}$',
  description: 'the name of a table',
} as const;

/** The settings of a deployment. Each description completes the sentence "NAME must be …" in an error message. */
export const settingsSchema = {
  type: 'object',
  description: 'an object of settings',
  additionalProperties: false,
  properties: {
    clients: {
      type: 'object',
      description: `an object of at most ${maxClients} clients by name (API Gateway accepts no more; for more clients, use an issuer of your own)`,
      maxProperties: maxClients,
      propertyNames: {
        pattern: '^[a-z][A-Za-z0-9]{0,62}$',
        description: 'letters and digits, with a lowercase letter first',
      },
      additionalProperties: {
        type: 'object',
        description: 'an object with an organization and a scope',
        additionalProperties: false,
        required: ['organization', 'scope'],
        properties: {
          organization: {
            type: 'string',
            pattern: '^[A-Za-z0-9._-]{1,128}$',
            description: '1 to 128 letters, digits, dots, hyphens and underscores',
          },
          scope: { enum: ['read', 'read-write'], description: 'read or read-write' },
        },
      },
    },
    issuer: {
      type: 'string',
      pattern: '^https://[^\\s/?#@]+(/[^\\s?#]*)?$',
      description: 'an https URL without a query',
    },
    audience: { type: 'string', pattern: '^\\S+$', description: 'the audience in the tokens of the issuer' },
    // Secrets are sent to it: http is for an emulator on this machine.
    tokenUrl: {
      type: 'string',
      pattern: '^(https://[^\\s/?#@]+|http://(localhost|127\\.0\\.0\\.1)(:[0-9]+)?)(/[^\\s#]*)?$',
      description: 'an https URL',
    },
    tableName,
    tableStreamArn: {
      type: 'string',
      pattern: arn('dynamodb', 'table/[A-Za-z0-9_.-]+/stream/.+'),
      description: 'the ARN of the stream of the table in tableName',
    },
    historyTableName: tableName,
    domainName: {
      type: 'string',
      pattern: '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z0-9-]+$',
      description: 'a domain name in lowercase, like appointments.example.com',
    },
    certificateArn: {
      type: 'string',
      pattern: arn('acm', 'certificate/.+'),
      description: 'the ARN of a certificate of Certificate Manager',
    },
    encryptionKeyArn: {
      type: 'string',
      pattern: arn('kms', 'key/(mrk-)?[0-9a-f-]+'),
      description: 'the ARN of a KMS key (not of an alias)',
    },
    events: { type: 'boolean', description: 'true or false' },
    terminationProtection: { type: 'boolean', description: 'true or false' },
  },
  dependencies: {
    issuer: ['audience', 'tokenUrl'],
    audience: ['issuer'],
    clients: { properties: { issuer: false } },
    tableName: ['tableStreamArn', 'historyTableName'],
    tableStreamArn: ['tableName'],
    historyTableName: ['tableName'],
    domainName: ['certificateArn'],
    certificateArn: ['domainName'],
  },
} as const;

/** The settings of a deployment, validated. */
export type Settings = FromSchema<typeof settingsSchema>;

// An environment's name becomes part of the stack's name.
const environmentName = '^[A-Za-z][A-Za-z0-9-]{0,99}$';

/** What the context in cdk.json and `-c` may contain. */
const contextSchema = {
  ...settingsSchema,
  properties: {
    ...settingsSchema.properties,
    environment: { type: 'string', pattern: environmentName, description: 'the name of an environment' },
    environments: {
      type: 'object',
      description: 'an object of settings by environment',
      propertyNames: { pattern: environmentName, description: 'letters, digits and hyphens, with a letter first' },
      additionalProperties: settingsSchema,
    },
  },
} as const;

type Context = FromSchema<typeof contextSchema>;

export type SettingsOutcome =
  | { readonly outcome: 'valid'; readonly stackName: string; readonly settings: Settings }
  | { readonly outcome: 'invalid'; readonly sentence: string };

const validate = new Ajv({ verbose: true, strict: true }).compile<Context>(contextSchema);

/**
 * Reads the stack's name and settings from the CDK's context. If the context has an `environment`, the settings are those of
 * that environment only; otherwise they are those at the top level. An invalid context returns one sentence that says what to fix.
 */
export function readSettings(allContext: Readonly<Record<string, unknown>>): SettingsOutcome {
  const context = Object.fromEntries(
    Object.entries(allContext)
      .filter(([key]) => !isOfTheCdk(key))
      .map(([key, value]) => [key, fromCommandLine(key, value)]),
  );
  if (!validate(context)) {
    const [error] = validate.errors ?? [];
    return invalid(error ? sentence(error) : 'The settings are invalid.');
  }
  const { environment, environments = {}, ...topSettings } = context;
  if (environment !== undefined && !Object.hasOwn(environments, environment)) {
    const names = Object.keys(environments).join(', ') || 'none';
    return invalid(`cdk.json has no environment ${environment}; its environments are: ${names}.`);
  }
  const settings = (environment === undefined ? undefined : environments[environment]) ?? topSettings;
  const { tableName, tableStreamArn = '' } = settings;
  if (tableName !== undefined && !tableStreamArn.includes(`:table/${tableName}/`)) {
    return invalid('tableStreamArn must be the ARN of the stream of the table in tableName.');
  }
  const stackName = environment === undefined ? 'Appointments' : `Appointments-${environment}`;
  return { outcome: 'valid', stackName, settings };
}

function invalid(text: string): SettingsOutcome {
  return { outcome: 'invalid', sentence: text };
}

/** The CDK also stores feature flags (`@aws-cdk/…`), options (`aws:…`) and cached look-ups (`vpc-provider:account=…`) in the context. */
function isOfTheCdk(key: string): boolean {
  return /^@|:/.test(key) || ['acknowledged-issue-numbers', 'cli-telemetry', 'cdk-migrate'].includes(key);
}

/** `-c NAME=…` passes every value as text. If the setting is not a string, the text is JSON. */
function fromCommandLine(key: string, value: unknown): unknown {
  const schemas: Readonly<Record<string, { type?: string }>> = contextSchema.properties;
  if (typeof value !== 'string' || schemas[key]?.type === 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function sentence({ keyword, instancePath, params, parentSchema, propertyName }: ErrorObject): string {
  const at = instancePath.slice(1).replaceAll('/', '.');
  const member = (name: string) => (at ? `${at}.${name}` : name);
  switch (keyword) {
    case 'additionalProperties': {
      const known = Object.keys(Object(parentSchema?.properties)).join(', ');
      return `${at || 'The context'} has an unknown setting, ${params.additionalProperty}; the settings are ${known}.`;
    }
    case 'required':
      return `${at} must have a setting ${params.missingProperty}.`;
    case 'dependencies':
      return `${member(params.property)} needs the setting ${params.missingProperty} too.`;
    case 'false schema':
      return `${at} and clients cannot be set together: an issuer of your own has its own clients.`;
    default:
      return propertyName === undefined
        ? `${at} must be ${parentSchema?.description}.`
        : `The name ${propertyName} in ${at} must be ${parentSchema?.description}.`;
  }
}
