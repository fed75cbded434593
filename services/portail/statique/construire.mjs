// Makes build/portail/: each file named after its content, so that browsers keep it for ever, and manifest.json, which
// says what each source became. axe.js is for the tests only: no page loads it.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'
import { compile } from 'sass'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const out = join(root, '..', '..', 'build', 'portail')
const modules = join(root, 'node_modules')

const styles = compile(join(here, 'src', 'portail.scss'), {
  style: 'compressed',
  loadPaths: [modules],
  quietDeps: true
}).css

async function script (name) {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'src', name)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    write: false
  })
  return outputFiles[0].contents
}

const files = {
  'portail.css': Buffer.from(styles),
  'portail.js': await script('portail.js'),
  'htmx.js': readFileSync(join(modules, 'htmx.org', 'dist', 'htmx.min.js')),
  'maillage.svg': readFileSync(join(here, 'src', 'maillage.svg'))
}

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const manifest = {}
for (const [name, content] of Object.entries(files)) {
  const [stem, ext] = name.split('.')
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12)
  manifest[name] = `${stem}-${hash}.${ext}`
  writeFileSync(join(out, manifest[name]), content)
}
writeFileSync(join(out, 'axe.js'), readFileSync(join(modules, 'axe-core', 'axe.min.js')))
writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n')
