'use strict';

const { randomUUID } = require('node:crypto');
const fs = require('node:fs/promises');
const path = require('node:path');
const { realPath } = require('./file-lock.js');

const PRIVATE = 0o600;

/** The value, or undefined where there is no file or no JSON in it: then there is no login either. */
async function readJson(file) {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces the file as a whole, its rights kept, a link followed; a new one is its owner's alone. */
async function writeJson(file, value) {
  const target = await realPath(file);
  await fs.mkdir(path.dirname(target), { recursive: true });
  const mode = await fs.stat(target).then((stats) => stats.mode & 0o777, () => PRIVATE);
  const draft = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.${randomUUID()}.tmp`);
  try {
    await fs.writeFile(draft, JSON.stringify(value, null, 2), { flag: 'wx', mode });
    await fs.rename(draft, target);
  } catch (error) {
    await fs.rm(draft, { force: true });
    throw error;
  }
}

module.exports = { readJson, writeJson };
