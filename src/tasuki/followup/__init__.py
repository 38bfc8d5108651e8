"""Following up detailed examinations (精密検査の追跡): nobody without an answer is ever off every list."""
