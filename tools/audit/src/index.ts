export { auditStores, type AuditReport } from './audit-stores';
export { type InvariantResult } from './invariant';
export { type AuditOptions, type AuditSchemas, DEFAULT_SCHEMAS } from './options';
export { cutStockLog, type LogCut, readStockLog } from './stock-log-reader';
