'use strict';
// The copies of this package that programs of a project may load: in the nearest folder of packages, and below the packages in it.

const fs = require('node:fs');
const path = require('node:path');

const NAME = require('../../package.json').name;

/**
 * The folders of the copies, links followed.
 * @param {string} from a folder of the project
 */
function findCopies(from) {
  const found = foldersOfPackages(from).flatMap((packages) => [packages, ...holders(packages).map((holder) => path.join(holder, 'node_modules'))]);
  return [...new Set(found.map((place) => path.join(place, NAME)).filter(isPackage).map((place) => fs.realpathSync(place)))];
}

/** As Node looks for the package: upwards, to the first folder that has it. */
function foldersOfPackages(from) {
  const folders = [];
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const packages = path.join(folder, 'node_modules');
    folders.push(packages);
    if (isPackage(path.join(packages, NAME)) || folder === path.dirname(folder)) return folders;
  }
}

/** Every folder that may have packages of its own; those of pnpm stand in one more. */
function holders(packages) {
  const scoped = (folder) => names(folder).flatMap((name) => (name.startsWith('@') ? names(path.join(folder, name)).map((inner) => path.join(folder, name, inner)) : path.join(folder, name)));
  return [...scoped(packages), ...scoped(path.join(packages, '.pnpm'))];
}

const isPackage = (folder) => fs.existsSync(path.join(folder, 'package.json'));

function names(folder) {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

module.exports = { findCopies };
