// Every run has processes and full cores of its own: one at a time.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
