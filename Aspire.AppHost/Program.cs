#if ASPIRE
var builder = DistributedApplication.CreateBuilder(args);

// One server process: silo, HTTP side and embedded store. Its endpoint must exist before its health check can be named.
builder.AddProject<Projects.LstmOrleans_Server>("server")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health/ready");

builder.Build().Run();
#else
Console.WriteLine("This build of the app host has no Aspire in it (UseAspire=false, as in every build of the whole solution).");
Console.WriteLine("Start the real one with: dotnet run --project Aspire.AppHost   (restores Aspire 13.3 from NuGet)");
#endif
