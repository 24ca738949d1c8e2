export * from './fake-mounts.js';
