BROKEN = object()
def handle(request): raise NotImplementedError
def error(failed): raise failed
