"""The service's views, one module each: shape, fold, boundary, query, and the questions they answer."""
