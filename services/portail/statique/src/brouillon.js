// Saves a form's draft within two seconds of the last change; what was not yet saved leaves with the page.

const PAUSE = 1000

export function brouillon (form) {
  const says = form.querySelector('[data-brouillon-etat]')
  let timer = null
  let changed = false

  async function save (leaving = false) {
    clearTimeout(timer)
    if (!changed) return
    changed = false
    const typed = new URLSearchParams(new FormData(form))
    typed.set('action', 'brouillon')
    try {
      const answer = await fetch(form.dataset.brouillon, {
        method: 'POST',
        body: typed,
        headers: { Accept: 'application/json' },
        keepalive: leaving,
        redirect: 'error'
      })
      if (!answer.ok) throw new Error(answer.status)
      const time = new Date().toLocaleTimeString('fr-FR', { hour: '2-digit', minute: '2-digit' })
      says.textContent = `Brouillon enregistré à ${time}.`
    } catch {
      changed = true
      says.textContent = 'Le brouillon n’est pas enregistré : le service ne répond pas. Gardez cette page ouverte.'
      if (!leaving) timer = setTimeout(save, 5 * PAUSE)
    }
  }

  form.addEventListener('input', () => {
    changed = true
    clearTimeout(timer)
    timer = setTimeout(save, PAUSE)
  })
  form.addEventListener('submit', () => { clearTimeout(timer); changed = false })
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') save(true) })
}
