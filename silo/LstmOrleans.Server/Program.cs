using LstmOrleans.Hosting;
using LstmOrleans.Hosting.StoreCommands;

// Work on a store while no server uses it: check, restore, accept-loss, copy, unmark.
if (args is [StoreCommands.Word, .. var command])
    return StoreCommands.Run(command);

// One process does everything on one machine: silo, HTTP side, embedded store. Settings: appsettings.json, environment, --Name=Value.
return await LstmProcess.Run(args, builder =>
{
    builder.AddLstmOrleans();
    var app = builder.Build();
    app.MapLstmOrleans();
    return app;
});
