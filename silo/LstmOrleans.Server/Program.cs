using LstmOrleans.Hosting;

// One process does everything on one machine: silo, HTTP side, embedded store. Settings: appsettings.json, environment, --Name=Value.
return await LstmProcess.Run(args, builder =>
{
    builder.AddLstmOrleans();
    var app = builder.Build();
    app.MapLstmOrleans();
    return app;
});
