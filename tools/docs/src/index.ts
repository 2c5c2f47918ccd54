export { appsOf, configSchemaOf, variablesOf } from './config-schemas';
