// A form that only leads on to an identity provider goes by itself; without script its button does it.
document.querySelector("form[data-submit-at-once]")?.requestSubmit();
