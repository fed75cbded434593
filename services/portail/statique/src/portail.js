// What JavaScript adds to pages that do without it: the error summary takes the focus, a button pressed twice acts once,
// drafts are saved while one types.
import { Button, CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, Radios, SkipLink } from 'govuk-frontend'

import { brouillon } from './brouillon.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')

const components = {
  'govuk-button': Button,
  'govuk-character-count': CharacterCount,
  'govuk-checkboxes': Checkboxes,
  'govuk-error-summary': ErrorSummary,
  'govuk-notification-banner': NotificationBanner,
  'govuk-radios': Radios,
  'govuk-skip-link': SkipLink
}
for (const [name, Component] of Object.entries(components)) {
  for (const element of document.querySelectorAll(`[data-module="${name}"]`)) new Component(element)
}
for (const form of document.querySelectorAll('form[data-brouillon]')) brouillon(form)
for (const button of document.querySelectorAll('[data-imprimer]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}
