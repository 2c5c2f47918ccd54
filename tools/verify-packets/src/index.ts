export * from './data-file';
export * from './fetch-data';
export * from './verdict';
