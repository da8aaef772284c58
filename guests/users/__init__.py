"""Users of a tenant: the rows, their list, their pages, and every change of them."""
