#if ASPIRE
using LstmOrleans.AppHost.Resources;

var builder = DistributedApplication.CreateBuilder(args);

// 'aspire publish' writes a docker-compose.yaml; a run does not see this.
builder.AddDockerComposeEnvironment("compose");

// The member list and the streams.
var redis = builder.AddRedis("redis").WithDataVolume().WithAppendOnlyFile();

// Aspire would draw both ids anew where it keeps no secrets, and the service's id is the first part of every stream's key in the store.
var orleans = builder.AddOrleans("lstm").WithClusterId("lstm").WithServiceId("lstm").WithClustering(redis).WithGrainStorage("streams", redis);

// There is no launch profile with an endpoint, and an endpoint must exist before its health check can be named.
var server = builder.AddProject<Projects.LstmOrleans_Server>("server")
    .WithReference(orleans)
    .WaitFor(redis)
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health/ready")
    .WithUrlForEndpoint("http", url => url.DisplayText = "Dashboard of the streams")
    .WithDataFolder()
    .WithSilos(3);

// Started by hand: in Aspire's dashboard, or with 'docker compose --profile load up'.
builder.AddProject<Projects.LstmOrleans_Cli>("load")
    .WithReference(orleans.AsClient())
    .WaitFor(server)
    .WithExplicitStart()
    .WithDataFolder()
    .WithArgs("load", "--streams", "100", "--rate", "10")
    .PublishAsDockerComposeService((_, service) => service.Profiles = ["load"]);

builder.Build().Run();
#else
Console.WriteLine("This build of the app host has no Aspire in it (UseAspire=false, as in every build of the whole solution).");
Console.WriteLine("Start the real one with: dotnet run --project Aspire.AppHost   (restores Aspire 13.3 from NuGet; needs Docker or Podman)");
Console.WriteLine("The same cluster without containers: dotnet run -c Release --project client/LstmOrleans.Cli -- cluster up --silos 3");
#endif
